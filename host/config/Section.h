#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "config/OptionValue.h"
#include "config/Reading.h"

namespace clustermanager::config {

/// The options of one section, parsed and checked by the table. A value that is wrong is noted as a problem
/// once and then counts as not written. Asking for a name that the table does not have is our own mistake
/// (assert).
class Section
{
public:
    /// Reads "PREFIX.name" for every option that `allowed` lets in. Where this section does not have one, the
    /// `defaults` section is asked (it must outlive this one), then the table.
    Section(Reading& reading, std::string prefix, bool (*allowed)(const Option&),
            const Section* defaults = nullptr);

    const std::string& prefix() const { return _prefix; }
    std::string key(std::string_view name) const { return _prefix + "." + std::string(name); }

    /// Whether it is written in this very section.
    bool has(std::string_view name) const { return _values.count(name) != 0; }

    /// ... or in that of the defaults.
    bool given(std::string_view name) const
    {
        return has(name) || (_defaults != nullptr && _defaults->given(name));
    }

    bool flag(std::string_view name) const { return number(name) != 0; }
    std::int64_t number(std::string_view name) const { return value(name).number; }
    const std::string& text(std::string_view name) const { return value(name).text; }

    template <class T>
    T as(std::string_view name) const
    {
        return static_cast<T>(number(name));
    }

    /// The key of the section that the value comes from: this one's where it is written nowhere.
    std::string origin(std::string_view name) const;

    const OptionValue& value(std::string_view name) const;

private:
    std::string _prefix;
    const Section* _defaults;
    std::map<std::string_view, OptionValue> _values;
};

}  // namespace clustermanager::config
