#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "Samples.h"

namespace clustermanager::bench {

/// One line of the table: a figure of ours, beside the same of the bare loop where there is one, and what is
/// asked of it.
struct Figure
{
    std::string phase;
    std::string name;
    std::string unit;
    double ours = 0;
    std::optional<double> bare;
    std::string bareName = "bare loop";

    /// What the limit is for: the ratio to the bare loop, or our own figure.
    enum class Judged
    {
        Ratio,
        Ours
    };
    Judged judged = Judged::Ratio;
    std::optional<double> atMost;
    std::optional<double> atLeast;

    std::string note;
    std::vector<std::pair<std::string, Samples>> samples;

    std::optional<double> ratio() const
    {
        return bare && *bare != 0 ? std::optional<double>(ours / *bare) : std::nullopt;
    }
    std::optional<double> judgedValue() const { return judged == Judged::Ours ? ours : ratio(); }

    /// "within", "MISSED", or "" where nothing is asked.
    std::string verdict() const;
    std::string limitText() const;
};

using Figures = std::vector<Figure>;

/// `ours` and `bare` are medians in milliseconds, of the samples given.
Figure timesFigure(const std::string& phase, const std::string& name, const Samples& ours,
                   const Samples& bare);

/// The same beside the loop whose children are laden: how much of a figure the host adds to what the kernel
/// takes for processes like its children. Nothing is asked of it.
Figure ladenFigure(const std::string& phase, const std::string& name, const Samples& ours,
                   const Samples& laden);

}  // namespace clustermanager::bench
