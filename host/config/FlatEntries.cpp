#include "config/FlatEntries.h"

#include <algorithm>

#include "config/OptionValue.h"

namespace clustermanager::config {

namespace {

constexpr std::size_t kMaxEntries = 10'000;
constexpr std::size_t kLongestKey = 256;

bool hasEmptyPart(const std::string& key)
{
    return key.empty() || key.front() == '.' || key.back() == '.' || key.find("..") != std::string::npos;
}

bool isForbidden(char c)
{
    return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r';
}

}  // namespace

void FlatEntries::add(const std::string& key, const std::string& value, std::size_t line)
{
    if (key.size() > kLongestKey)
        throw FormatError{line, "the key " + inQuotes(key) + " is longer than " +
                                    std::to_string(kLongestKey) + " characters"};
    if (hasEmptyPart(key)) throw FormatError{line, "the key " + inQuotes(key) + " has an empty part"};
    if (std::any_of(value.begin(), value.end(), isForbidden))
        throw FormatError{line, "the value of " + inQuotes(key) + " holds a control character"};
    if (_entries.size() == kMaxEntries)
        throw FormatError{line, "there are more than " + std::to_string(kMaxEntries) + " keys"};

    const auto [place, added] = _entries.insert({key, {std::string(trimmed(value)), line}});
    if (added) return;
    const std::size_t first = place->second.line;
    throw FormatError{line, "the key " + inQuotes(key) + " is there twice" +
                                (first != 0 ? "; the first is in line " + std::to_string(first) : "")};
}

}  // namespace clustermanager::config
