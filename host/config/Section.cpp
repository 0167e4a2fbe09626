#include "config/Section.h"

#include <cassert>

namespace clustermanager::config {

namespace {

/// The defaults of the table, parsed once. Options without a default are 0 and "".
const OptionValue& tableDefault(std::string_view name)
{
    static const std::map<std::string_view, OptionValue> defaults = [] {
        std::map<std::string_view, OptionValue> parsed;
        for (const Option& option : optionTable())
            parsed[option.name] = option.fallback.empty()
                                      ? OptionValue{}
                                      : std::get<OptionValue>(parseOption(option, option.fallback));
        return parsed;
    }();
    const auto found = defaults.find(name);
    assert(found != defaults.end());
    return found->second;
}

}  // namespace

Section::Section(Reading& reading, std::string prefix, bool (*allowed)(const Option&),
                 const Section* defaults)
    : _prefix(std::move(prefix)), _defaults(defaults)
{
    for (const Option& option : optionTable())
    {
        if (!allowed(option)) continue;
        const auto written = reading.value(key(option.name));
        if (!written) continue;
        auto parsed = parseOption(option, *written);
        if (auto* why = std::get_if<std::string>(&parsed))
            reading.problem(key(option.name), std::move(*why));
        else
            _values[option.name] = std::move(std::get<OptionValue>(parsed));
    }
}

const OptionValue& Section::value(std::string_view name) const
{
    const auto found = _values.find(name);
    if (found != _values.end()) return found->second;
    return _defaults != nullptr ? _defaults->value(name) : tableDefault(name);
}

std::string Section::origin(std::string_view name) const
{
    return !has(name) && _defaults != nullptr && _defaults->has(name) ? _defaults->key(name) : key(name);
}

}  // namespace clustermanager::config
