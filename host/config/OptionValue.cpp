#include "config/OptionValue.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <system_error>

#include "config/NearestKey.h"

namespace clustermanager::config {

namespace {

using Parsed = std::variant<OptionValue, std::string>;

constexpr std::size_t kMaxTextLength = 4'095;
constexpr std::size_t kMinSecretLength = 16;

struct Unit
{
    std::string_view name;
    std::int64_t factor;
};

// The smallest first: the last one that divides a number gives its shortest spelling.
constexpr std::array<Unit, 4> kSizeUnits{{{"", 1}, {"K", 1'000}, {"M", 1'000'000}, {"G", 1'000'000'000}}};
constexpr std::array<Unit, 5> kDurationUnits{
    {{"", 1}, {"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"h", 3'600'000}}};
constexpr std::array<Unit, 1> kNoUnits{{{"", 1}}};

struct Units
{
    const Unit* first;
    const Unit* last;
    const Unit* begin() const { return first; }
    const Unit* end() const { return last; }
};

Units unitsOf(OptionType type)
{
    if (type == OptionType::Size) return {kSizeUnits.data(), kSizeUnits.data() + kSizeUnits.size()};
    if (type == OptionType::Duration)
        return {kDurationUnits.data(), kDurationUnits.data() + kDurationUnits.size()};
    return {kNoUnits.data(), kNoUnits.data() + kNoUnits.size()};
}

std::string_view kindText(OptionType type)
{
    if (type == OptionType::Size) return "a size: write a whole number of bytes, or one with K, M or G";
    if (type == OptionType::Duration)
        return "a time: write a whole number of milliseconds, or one with ms, s, m or h";
    return "a whole number";
}

bool isControl(char c)
{
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string lowered(std::string_view text)
{
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(), lower);
    return result;
}

std::optional<std::int64_t> factorOf(OptionType type, std::string_view unit)
{
    for (const Unit& candidate : unitsOf(type))
        if (lowered(candidate.name) == lowered(unit)) return candidate.factor;
    return std::nullopt;
}

Parsed parseNumber(const Option& option, std::string_view written)
{
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(written.data(), written.data() + written.size(), number);
    const std::string_view unit = written.substr(static_cast<std::size_t>(end - written.data()));
    const std::optional<std::int64_t> factor = factorOf(option.type, unit);
    if (error == std::errc::invalid_argument || !factor)
        return inQuotes(written) + " is not " + std::string(kindText(option.type)) + " (" +
               boundsText(option) + ")";

    const bool overflow =
        error == std::errc::result_out_of_range || __builtin_mul_overflow(number, *factor, &number);
    const bool inside = number >= option.bounds.min && number <= option.bounds.max;
    if (overflow || !(inside || (option.bounds.zeroToo && number == 0)))
        return inQuotes(written) + " is not within " + boundsText(option);
    return OptionValue{number, ""};
}

Parsed parseBoolean(std::string_view written)
{
    const std::string word = lowered(written);
    if (word == "true" || word == "yes" || word == "on" || word == "1") return OptionValue{1, ""};
    if (word == "false" || word == "no" || word == "off" || word == "0") return OptionValue{0, ""};
    return inQuotes(written) + " is neither true nor false";
}

/// A choice that has true and false takes the other words for them too.
std::string choiceWord(const std::vector<std::string_view>& choices, std::string_view written)
{
    const auto parsed = parseBoolean(written);
    const auto* flag = std::get_if<OptionValue>(&parsed);
    const std::string word = flag == nullptr ? "" : flag->number != 0 ? "true" : "false";
    return std::find(choices.begin(), choices.end(), word) == choices.end() ? lowered(written) : word;
}

Parsed parseChoice(const Option& option, std::string_view written)
{
    const std::vector<std::string_view> choices = choicesOf(option);
    const auto found = std::find(choices.begin(), choices.end(), choiceWord(choices, written));
    if (found != choices.end()) return OptionValue{found - choices.begin(), ""};
    return inQuotes(written) + " is none of " + boundsText(option) +
           didYouMean(written, {choices.begin(), choices.end()});
}

Parsed parseSecret(std::string_view written)
{
    if (written.size() < kMinSecretLength)
        return "is too short for a token: it needs at least " + std::to_string(kMinSecretLength) +
               " characters";
    if (!std::all_of(written.begin(), written.end(), [](char c) { return c > 0x20 && c < 0x7f; }))
        return std::string("holds a character that no token may have: use letters, digits and -._~+/=");
    return OptionValue{0, std::string(written)};
}

Parsed parseText(std::string_view written)
{
    if (std::any_of(written.begin(), written.end(), isControl))
        return inQuotes(written) + " holds a control character";
    return OptionValue{0, std::string(written)};
}

}  // namespace

std::variant<OptionValue, std::string> parseOption(const Option& option, std::string_view written)
{
    written = trimmed(written);
    if (written.empty() && option.type != OptionType::List)
        return "has no value: leave the key out, or write " + boundsText(option);
    if (written.size() > kMaxTextLength)
        return "is longer than " + std::to_string(kMaxTextLength) + " characters";
    switch (option.type)
    {
    case OptionType::Integer:
    case OptionType::Size:
    case OptionType::Duration: return parseNumber(option, written);
    case OptionType::Boolean: return parseBoolean(written);
    case OptionType::Choice: return parseChoice(option, written);
    case OptionType::Secret: return parseSecret(written);
    case OptionType::Text:
    case OptionType::Path:
    case OptionType::List: return parseText(written);
    }
    return std::string("has no type");
}

std::string writeOption(const Option& option, const OptionValue& value)
{
    switch (option.type)
    {
    case OptionType::Integer:
    case OptionType::Size:
    case OptionType::Duration: return std::to_string(value.number);
    case OptionType::Boolean: return value.number != 0 ? "true" : "false";
    case OptionType::Choice: return std::string(choicesOf(option)[static_cast<std::size_t>(value.number)]);
    case OptionType::Secret: return value.text.empty() ? "" : "***";
    case OptionType::Text:
    case OptionType::Path:
    case OptionType::List: return value.text;
    }
    return "";
}

std::string shortNumber(OptionType type, std::int64_t number)
{
    if (number == 0) return "0";
    Unit best{"", 1};
    for (const Unit& unit : unitsOf(type))
        if (number % unit.factor == 0) best = unit;
    return std::to_string(number / best.factor) + std::string(best.name);
}

std::vector<std::string> splitList(std::string_view list)
{
    std::vector<std::string> parts;
    while (!list.empty())
    {
        const std::size_t end = std::min(list.find(','), list.size());
        const std::string_view part = trimmed(list.substr(0, end));
        if (!part.empty()) parts.emplace_back(part);
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    return parts;
}

std::string_view trimmed(std::string_view text)
{
    constexpr std::string_view kSpace = " \t\r\n\f\v";
    const std::size_t first = text.find_first_not_of(kSpace);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

std::string inQuotes(std::string_view text)
{
    constexpr std::size_t kLongest = 80;
    std::string shown(text.substr(0, kLongest));
    std::replace_if(shown.begin(), shown.end(), isControl, '?');
    return "'" + shown + (text.size() > kLongest ? "..." : "") + "'";
}

}  // namespace clustermanager::config
