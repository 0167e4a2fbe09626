#include "metrics/ChildLines.h"

#include <array>
#include <charconv>
#include <vector>

#include "metrics/FamilyTable.h"

namespace clustermanager::metrics {
namespace {

constexpr std::size_t kBytesPerLine = 96;

void appendNumber(std::string& text, std::uint64_t number)
{
    std::array<char, 20> digits;  // filled by to_chars
    const auto result = std::to_chars(digits.data(), digits.data() + digits.size(), number);
    text.append(digits.data(), result.ptr);
}

/// Microseconds as seconds.
void appendSeconds(std::string& text, std::uint64_t micros)
{
    constexpr std::uint64_t kMicros = 1'000'000;
    appendNumber(text, micros / kMicros);
    text += '.';
    const std::string fraction = std::to_string(micros % kMicros);
    text.append(6 - fraction.size(), '0');
    text += fraction;
}

std::uint64_t microsOf(WallTime time)
{
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count());
}

/// `shown` tells of whom there is a line, `value` appends it.
template <class Shown, class Value>
// NOLINTNEXTLINE(readability-function-size): what a family has
void appendFamily(std::string& text, Family family, const core::Snapshot& picture,
                  const std::vector<std::string>& labels, Shown shown, Value value)
{
    const FamilyRow& about = row(family);
    text.append("# HELP ").append(about.name).append(" ").append(about.help).append("\n# TYPE ");
    text.append(about.name).append(" ").append(name(about.type)).append("\n");
    for (std::size_t i = 0; i < labels.size(); ++i)
    {
        const core::ChildSnapshot& child = *picture.children[i];
        if (!shown(child)) continue;
        text.append(about.name).append(labels[i]);
        value(child);
        text += '\n';
    }
}

}  // namespace

std::string escaped(const std::string& value)
{
    std::string text;
    for (const char c : value)
    {
        if (c == '\\' || c == '"') text += '\\';
        c == '\n' ? text.append("\\n") : text.append(1, c);
    }
    return text;
}

void appendChildLines(std::string& text, const core::Snapshot& picture)
{
    std::vector<std::string> labels;
    labels.reserve(picture.children.size());
    for (const auto& child : picture.children)
        labels.push_back("{group=\"" + escaped(child->group) + "\",child=\"" +
                         std::to_string(number(child->id)) + "\"} ");
    text.reserve(text.size() + 6 * kBytesPerLine * labels.size());

    const auto reported = [](const core::ChildSnapshot& child) { return child.reportedAt.has_value(); };
    const auto append = [&](Family family, auto shown, auto value) {
        appendFamily(text, family, picture, labels, shown, value);
    };
    append(Family::ChildMemory, reported,
           [&](const core::ChildSnapshot& child) { appendNumber(text, child.rssKiB * 1024); });
    append(Family::ChildCpu, reported,
           [&](const core::ChildSnapshot& child) { appendSeconds(text, child.cpuMicros); });
    append(
        Family::ChildStartTime, [](const core::ChildSnapshot& child) { return child.startedAt.has_value(); },
        [&](const core::ChildSnapshot& child) { appendSeconds(text, microsOf(*child.startedAt)); });
    append(Family::ChildHeld, reported,
           [&](const core::ChildSnapshot& child) { appendNumber(text, child.held); });
    append(Family::ChildRequests, reported,
           [&](const core::ChildSnapshot& child) { appendNumber(text, child.requests); });
    append(Family::ChildAccepted, reported,
           [&](const core::ChildSnapshot& child) { appendNumber(text, child.accepted); });
}

}  // namespace clustermanager::metrics
