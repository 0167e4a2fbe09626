#include "link/MetricRules.h"

#include <cmath>
#include <string_view>

#include "base/Utf8.h"

namespace clustermanager::link {
namespace {

constexpr std::string_view kHostPrefix = "clustermanager_";

bool startsWith(std::string_view text, std::string_view start)
{
    return text.substr(0, start.size()) == start;
}

/// Prometheus' grammar, but for the colon, which is kept for rules.
bool isName(std::string_view text)
{
    if (text.empty() || text.size() > kMetricNameMax) return false;
    const auto isLetter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
    for (const char c : text)
        if (!isLetter(c) && (c < '0' || c > '9')) return false;
    return isLetter(text.front());
}

/// UTF-8 without control characters.
bool isText(std::string_view text)
{
    while (!text.empty())
    {
        const std::size_t length = utf8Length(text);
        const auto first = static_cast<unsigned char>(text.front());
        if (length == 0 || first < 0x20 || first == 0x7F) return false;
        text.remove_prefix(length);
    }
    return true;
}

std::string problemOfLabels(const MetricDefined& metric)
{
    if (metric.labels.size() > kMetricLabelsMax)
        return "it has more than " + std::to_string(kMetricLabelsMax) + " labels";
    const std::string* before = nullptr;
    for (const auto& [name, value] : metric.labels)
    {
        if (!isName(name) || startsWith(name, "__")) return "a label's name is no name";
        if (name == "group" || name == "le" || name == "quantile") return "label " + name + " is not its own";
        if (before != nullptr && !(*before < name))
            return "its labels are not in order, or one is there twice";
        if (value.size() > kMetricLabelValueMax || !isText(value))
            return "the value of label " + name + " is no short text";
        before = &name;
    }
    return "";
}

std::string problemOfBounds(const MetricDefined& metric)
{
    if ((metric.kind == MetricKind::Histogram) == metric.bounds.empty())
        return "a histogram has buckets, and nothing else has";
    if (metric.bounds.size() > kMetricBoundsMax)
        return "it has more than " + std::to_string(kMetricBoundsMax) + " buckets";
    for (std::size_t i = 0; i < metric.bounds.size(); ++i)
        if (!std::isfinite(metric.bounds[i]) || (i > 0 && !(metric.bounds[i - 1] < metric.bounds[i])))
            return "its buckets are not finite numbers in order";
    return "";
}

}  // namespace

std::string problemOf(const MetricDefined& metric)
{
    if (!isName(metric.name)) return "its name is no name: letters, digits and _, at most 128";
    if (startsWith(metric.name, kHostPrefix)) return "names that begin with clustermanager_ are the host's";
    if (metric.series >= kMetricSeriesMax)
        return "there are more than " + std::to_string(kMetricSeriesMax) + " series";
    if (metric.help.empty() || metric.help.size() > kMetricHelpMax || !isText(metric.help))
        return "its help is no text of one line and at most " + std::to_string(kMetricHelpMax) + " bytes";
    if (std::string problem = problemOfLabels(metric); !problem.empty()) return problem;
    return problemOfBounds(metric);
}

}  // namespace clustermanager::link
