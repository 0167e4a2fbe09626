#pragma once

#include <climits>
#include <cstdint>
#include <string_view>
#include <vector>

/// Every command and option of cmctl, declared once. The parser, --help, the completions of the shells and
/// the manual page all come from here, so that they cannot disagree.
namespace clustermanager::cmctl {

class Session;

/// What a word on the command line may be, for the completions.
enum class Words : std::uint8_t
{
    None,
    Files,
    Groups,    // of the running host
    Children,  // their ids
    GroupsOrChildren,
    Choices  // those that the row lists
};

struct OptionRow
{
    std::string_view name;      // "follow"
    char letter = '\0';         // 'f'; '\0': it has none
    std::string_view argument;  // "N"; "": a flag
    std::string_view text;
    Words words = Words::None;
    std::vector<std::string_view> choices = {};  // Words::Choices: no other value is taken
    bool everywhere = false;                     // every command takes it
};

struct CommandRow
{
    std::string_view name;
    std::string_view arguments;  // as in the usage line: "[NAME|ID]"
    std::string_view summary;    // one line
    std::string_view text;       // more for --help; "": the summary says it all
    std::vector<std::string_view> options;
    std::string_view example;  // one or more lines, without the prompt
    int (*run)(Session& session) = nullptr;
    unsigned minArguments = 0;
    unsigned maxArguments = UINT_MAX;
    Words words = Words::None;                   // what its arguments are
    std::vector<std::string_view> choices = {};  // Words::Choices: the first argument is one of these
    bool hidden = false;                         // for scripts of ours
};

const std::vector<OptionRow>& optionTable();
const std::vector<CommandRow>& commandTable();

/// nullptr: there is none of that name.
const OptionRow* findOption(std::string_view name);
const CommandRow* findCommand(std::string_view name);

/// Its own options, then those that every command takes.
std::vector<const OptionRow*> optionsOf(const CommandRow& command);

}  // namespace clustermanager::cmctl
