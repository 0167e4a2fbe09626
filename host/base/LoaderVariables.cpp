#include "base/LoaderVariables.h"

#include <algorithm>
#include <array>

namespace clustermanager {

namespace {

constexpr std::array<std::string_view, 8> kNames{"GCONV_PATH",  "GETCONF_DIR",     "GLIBC_TUNABLES",
                                                 "HOSTALIASES", "LOCPATH",         "MALLOC_TRACE",
                                                 "NLSPATH",     "RESOLV_HOST_CONF"};

constexpr std::string_view kLoaderPrefix = "LD_";
constexpr std::string_view kHarmless = "LD_BIND_NOW";  // when symbols are resolved, not to what

}  // namespace

bool isLoaderVariable(std::string_view name)
{
    if (name.substr(0, kLoaderPrefix.size()) == kLoaderPrefix) return name != kHarmless;
    return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

}  // namespace clustermanager
