#include "Figure.h"

#include "Text.h"

namespace clustermanager::bench {

std::string Figure::verdict() const
{
    const std::optional<double> value = judgedValue();
    if (!value || (!atMost && !atLeast)) return "";
    const bool kept = (!atMost || *value <= *atMost) && (!atLeast || *value >= *atLeast);
    return kept ? "within" : "MISSED";
}

std::string Figure::limitText() const
{
    const std::string what = judged == Judged::Ratio ? "ratio " : "";
    const std::string of = judged == Judged::Ours && !unit.empty() ? " " + unit : "";
    if (atMost) return what + "<= " + decimal(*atMost) + of;
    if (atLeast) return what + ">= " + decimal(*atLeast) + of;
    return "";
}

Figure timesFigure(const std::string& phase, const std::string& name, const Samples& ours,
                   const Samples& bare)
{
    Figure figure;
    figure.phase = phase;
    figure.name = name;
    figure.unit = "ms";
    figure.ours = ours.median();
    figure.bare = bare.median();
    figure.samples = {{"ours", ours}, {"bare", bare}};
    return figure;
}

Figure ladenFigure(const std::string& phase, const std::string& name, const Samples& ours,
                   const Samples& laden)
{
    Figure figure = timesFigure(phase, name + ", laden loop", ours, laden);
    figure.bareName = "laden loop";
    figure.samples.back().first = "laden";
    figure.note = "its children have what each of ours must have: Poco's libraries and a second thread";
    return figure;
}

}  // namespace clustermanager::bench
