#include "plugin/Settings.h"

#include <algorithm>
#include <string_view>

namespace clustermanager::plugin {

Settings::Settings(const std::vector<Pair>& sortedByKey)
{
    constexpr std::string_view kLogging = "logging.";
    for (const Pair& pair : sortedByKey)
        if (pair.first.compare(0, kLogging.size(), kLogging) != 0) _pairs.push_back(&pair);
}

const char* Settings::find(const char* key) const
{
    const auto found =
        std::lower_bound(_pairs.begin(), _pairs.end(), key,
                         [](const Pair* pair, const char* wanted) { return pair->first < wanted; });
    return found != _pairs.end() && (*found)->first == key ? (*found)->second.c_str() : nullptr;
}

}  // namespace clustermanager::plugin
