#include "config/Names.h"

#include <algorithm>
#include <cctype>

namespace clustermanager::config {

namespace {

constexpr std::size_t kLongestName = 32;

}  // namespace

bool isPlainName(const std::string& name)
{
    return !name.empty() && name.size() <= kLongestName && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
               c == '-';
    });
}

bool isGroupName(const std::string& name)
{
    return isPlainName(name) && std::isalpha(static_cast<unsigned char>(name.front())) != 0 && name != "all";
}

}  // namespace clustermanager::config
