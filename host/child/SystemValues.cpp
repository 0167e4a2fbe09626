#include "child/SystemValues.h"

#include <Poco/DateTimeFormat.h>
#include <Poco/DateTimeFormatter.h>
#include <Poco/Environment.h>
#include <Poco/Path.h>
#include <Poco/Timestamp.h>
#include <unistd.h>

#include <optional>

namespace clustermanager::child {

namespace {

constexpr std::string_view kBegin = "${system.";
constexpr std::string_view kVariable = "env.";

struct SystemValue
{
    std::string_view name;
    std::string (*get)();
};

const SystemValue kValues[] = {
    {"pid", [] { return std::to_string(::getpid()); }},
    {"nodeName", [] { return Poco::Environment::nodeName(); }},
    {"osName", [] { return Poco::Environment::osName(); }},
    {"osVersion", [] { return Poco::Environment::osVersion(); }},
    {"osArchitecture", [] { return Poco::Environment::osArchitecture(); }},
    {"currentDir", [] { return Poco::Path::current(); }},
    {"homeDir", [] { return Poco::Path::home(); }},
    {"tempDir", [] { return Poco::Path::temp(); }},
    {"dateTime",
     [] { return Poco::DateTimeFormatter::format(Poco::Timestamp(), Poco::DateTimeFormat::ISO8601_FORMAT); }},
};

std::optional<std::string> systemValue(std::string_view name)
{
    if (name.substr(0, kVariable.size()) == kVariable)
    {
        const std::string variable(name.substr(kVariable.size()));
        if (!Poco::Environment::has(variable)) return std::nullopt;
        return Poco::Environment::get(variable);
    }
    for (const SystemValue& value : kValues)
        if (value.name == name) return value.get();
    return std::nullopt;
}

}  // namespace

std::string withSystemValues(std::string_view text)
{
    std::string result;
    for (;;)
    {
        const std::size_t begin = text.find(kBegin);
        const std::size_t end =
            text.find('}', begin == std::string_view::npos ? begin : begin + kBegin.size());
        if (end == std::string_view::npos) return result.append(text);
        const auto value = systemValue(text.substr(begin + kBegin.size(), end - begin - kBegin.size()));
        result.append(text.substr(0, begin)).append(value ? *value : text.substr(begin, end + 1 - begin));
        text.remove_prefix(end + 1);
    }
}

}  // namespace clustermanager::child
