#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/OptionTable.h"

namespace clustermanager::config {

/// A value that passed its option's checks.
struct OptionValue
{
    std::int64_t number = 0;  // Integer; Size in bytes; Duration in ms; Boolean 0 or 1; Choice: the position
    std::string text;         // Text, Secret, Path, List: as written, trimmed
};

/// The value, or what is wrong with it: "'5000' is not within 0..1024".
std::variant<OptionValue, std::string> parseOption(const Option& option, std::string_view written);

/// The value as a configuration file would have it; a secret as "***".
std::string writeOption(const Option& option, const OptionValue& value);

/// The shortest exact spelling with a unit: "24h", "50M", "1500ms", "7".
std::string shortNumber(OptionType type, std::int64_t number);

/// "a, b" becomes "a" and "b"; empty parts are left out.
std::vector<std::string> splitList(std::string_view list);

/// Without white space around it.
std::string_view trimmed(std::string_view text);

/// 'text' for a message: shortened, and with control characters shown as '?'.
std::string inQuotes(std::string_view text);

}  // namespace clustermanager::config
