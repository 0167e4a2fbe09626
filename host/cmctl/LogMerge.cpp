#include "cmctl/LogMerge.h"

#include <algorithm>
#include <cctype>
#include <utility>

namespace clustermanager::cmctl {

namespace {

constexpr std::string_view kShape = "dddd-dd-ddTdd:dd:dd";
constexpr std::string_view kJson = "{\"time\":\"";

bool hasShape(std::string_view text)
{
    if (text.size() < kShape.size()) return false;
    for (std::size_t i = 0; i < kShape.size(); ++i)
        if (kShape[i] == 'd' ? std::isdigit(static_cast<unsigned char>(text[i])) == 0 : text[i] != kShape[i])
            return false;
    return true;
}

}  // namespace

std::string timeOf(std::string_view line)
{
    if (line.substr(0, kJson.size()) == kJson) line.remove_prefix(kJson.size());
    return hasShape(line) ? std::string(line.substr(0, line.find_first_of(" \"Z"))) : "";
}

void LogMerge::add(int child, std::string text, TimePoint now)
{
    std::string& last = _lastTime[child];
    const std::string time = timeOf(text);
    if (!time.empty()) last = time;
    _waiting.push_back({{child, std::move(text), last}, now});
}

std::vector<LogLine> LogMerge::take(TimePoint now)
{
    std::size_t ripe = 0;  // they stand in the order they came
    while (ripe < _waiting.size() &&
           (now - _waiting[ripe].since >= kWindow || _waiting.size() - ripe > kMostWaiting))
        ++ripe;
    return takeFirst(ripe);
}

std::vector<LogLine> LogMerge::takeAll()
{
    return takeFirst(_waiting.size());
}

/// The earliest by time that are not later than the last of the first `count`: what came later but happened
/// before goes along.
std::vector<LogLine> LogMerge::takeFirst(std::size_t count)
{
    if (count == 0) return {};
    const auto earlier = [](const Waiting& a, const Waiting& b) { return a.line.time < b.line.time; };
    const auto ripeEnd = _waiting.begin() + static_cast<std::ptrdiff_t>(count);
    const std::string latest = std::max_element(_waiting.begin(), ripeEnd, earlier)->line.time;
    const auto end = std::stable_partition(_waiting.begin(), _waiting.end(),
                                           [&](const Waiting& one) { return one.line.time <= latest; });
    std::stable_sort(_waiting.begin(), end, earlier);
    std::vector<LogLine> lines;
    for (auto one = _waiting.begin(); one != end; ++one) lines.push_back(std::move(one->line));
    _waiting.erase(_waiting.begin(), end);
    return lines;
}

}  // namespace clustermanager::cmctl
