#include "cmctl/Invocation.h"

#include <algorithm>
#include <utility>

#include "base/PrintableText.h"
#include "cmctl/Failure.h"
#include "config/NearestKey.h"
#include "config/OptionValue.h"

namespace clustermanager::cmctl {

namespace {

std::vector<std::string> visibleCommands()
{
    std::vector<std::string> names;
    for (const CommandRow& command : commandTable())
        if (!command.hidden) names.emplace_back(command.name);
    return names;
}

const CommandRow* commandNamed(const std::string& name)
{
    const CommandRow* command = findCommand(name);
    if (command == nullptr)
        throw usage("there is no command '" + printable(name) + "'" +
                    config::didYouMean(name, visibleCommands()) + " (see cmctl help)");
    return command;
}

bool isChoice(const std::vector<std::string_view>& choices, const std::string& text)
{
    return std::find(choices.begin(), choices.end(), text) != choices.end();
}

std::string wrongChoice(const std::string& what, const std::string& text,
                        const std::vector<std::string_view>& choices)
{
    std::string known;
    for (const std::string_view choice : choices) known += (known.empty() ? "" : ", ") + std::string(choice);
    return what + " '" + printable(text) + "' is none of " + known;
}

std::int64_t parsed(const std::string& what, const std::string& text, config::OptionType type,
                    std::int64_t min, std::int64_t max)
{
    config::Option rule;
    rule.type = type;
    rule.bounds = {min, max, false};
    const auto value = config::parseOption(rule, text);
    if (const auto* why = std::get_if<std::string>(&value)) throw usage(what + ": " + *why);
    return std::get<config::OptionValue>(value).number;
}

}  // namespace

Invocation::Invocation(const std::vector<std::string>& words, Options options) : _options(std::move(options))
{
    // An option that says all needs no command.
    if (words.empty() && !has("help"))
        throw usage("what is to be done? `cmctl help` lists the commands, `cmctl status` shows the host");
    _command = words.empty() ? findCommand("help") : commandNamed(words.front());
    if (!words.empty()) _arguments.assign(words.begin() + 1, words.end());
    checkOptions();
    if (!has("help")) checkArguments();
}

void Invocation::checkOptions() const
{
    const std::vector<const OptionRow*> known = optionsOf(*_command);
    for (const auto& [name, value] : _options)
    {
        const OptionRow* row = findOption(name);
        if (std::find(known.begin(), known.end(), row) == known.end())
            throw usage(std::string(_command->name) + " takes no --" + name + " (see cmctl " +
                        std::string(_command->name) + " --help)");
        if (row->words == Words::Choices && !isChoice(row->choices, value))
            throw usage(wrongChoice("--" + name, value, row->choices));
    }
}

void Invocation::checkArguments() const
{
    const bool few = _arguments.size() < _command->minArguments;
    if (few || _arguments.size() > _command->maxArguments)
        throw usage((few ? "something is missing" : "'" + printable(_arguments.back()) + "' is too much") +
                    ": " + usageOf(*_command));
    if (_command->words == Words::Choices && !_arguments.empty() &&
        !isChoice(_command->choices, _arguments.front()))
        throw usage(wrongChoice(std::string(_command->name), _arguments.front(), _command->choices));
}

std::string Invocation::argument(std::size_t index) const
{
    return index < _arguments.size() ? _arguments[index] : "";
}

std::string Invocation::text(const std::string& option) const
{
    const auto found = _options.find(option);
    return found == _options.end() ? "" : found->second;
}

std::int64_t Invocation::number(const std::string& option, std::int64_t fallback, std::int64_t min,
                                std::int64_t max) const
{
    return has(option) ? parseNumber("--" + option, text(option), min, max) : fallback;
}

std::optional<Millis> Invocation::duration(const std::string& option, Millis max) const
{
    if (!has(option)) return std::nullopt;
    return Millis(parsed("--" + option, text(option), config::OptionType::Duration, 1, max.count()));
}

std::int64_t Invocation::parseNumber(const std::string& what, const std::string& text, std::int64_t min,
                                     std::int64_t max)
{
    return parsed(what, text, config::OptionType::Integer, min, max);
}

bool isChildId(const std::string& text)
{
    return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}

std::string usageOf(const CommandRow& command)
{
    return "cmctl " + std::string(command.name) + (command.arguments.empty() ? "" : " ") +
           std::string(command.arguments);
}

}  // namespace clustermanager::cmctl
