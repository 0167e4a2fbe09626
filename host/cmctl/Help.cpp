#include "cmctl/Help.h"

#include <algorithm>

#include "cmctl/Failure.h"
#include "cmctl/Invocation.h"
#include "cmctl/Version.h"
#include "manual/ManualPage.h"

namespace clustermanager::cmctl {

namespace {

constexpr std::size_t kWidth = 100;

constexpr std::string_view kPurpose = "Shows and changes what a ClusterManager host does.";
constexpr std::string_view kHowItIsFound =
    "The host is found by --socket or --url, else by CM_CONTROL_SOCKET, else by the controlSocket of the "
    "file "
    "that --config names, else by that of the clustermanager.properties, .ini, .xml or .json beside this "
    "program, else at run/clustermanager.sock in the working folder. --config goes before "
    "CM_CONTROL_SOCKET.";

/// The words of `text` in lines of at most kWidth columns; the first line goes on after `term`.
std::string entry(std::string term, std::size_t indent, std::string_view text)
{
    std::string result;
    std::string line = std::move(term);
    line.resize(std::max(line.size() + (line.empty() ? 0 : 1), indent), ' ');
    bool empty = true;
    while (!text.empty())
    {
        const std::size_t end = std::min(text.find(' '), text.size());
        const std::string_view word = text.substr(0, end);
        if (!empty && line.size() + 1 + word.size() > kWidth)
        {
            result += line + "\n";
            line.assign(indent, ' ');
            empty = true;
        }
        line += (empty ? "" : " ") + std::string(word);
        empty = false;
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return result + line + "\n";
}

std::string indented(std::string_view lines)
{
    std::string result = "  ";
    for (const char c : lines) result += c == '\n' ? "\n  " : std::string(1, c);
    return result;
}

std::string optionLines(const std::vector<const OptionRow*>& options)
{
    std::string result;
    for (const OptionRow* option : options)
        result += entry((option->letter == '\0' ? "      " : "  ") + spelling(*option), 26, option->text);
    return result;
}

std::vector<const OptionRow*> globalOptions()
{
    std::vector<const OptionRow*> options;
    for (const OptionRow& option : optionTable())
        if (option.everywhere) options.push_back(&option);
    return options;
}

std::vector<const OptionRow*> ownOptions(const CommandRow& command)
{
    std::vector<const OptionRow*> options;
    for (const std::string_view name : command.options) options.push_back(findOption(name));
    return options;
}

std::string summaryOf(const CommandRow& command)
{
    return std::string(command.summary) + "." + (command.text.empty() ? "" : " ") + std::string(command.text);
}

}  // namespace

std::string spelling(const OptionRow& option)
{
    return (option.letter == '\0' ? "" : std::string{'-', option.letter, ',', ' '}) + "--" +
           std::string(option.name) + (option.argument.empty() ? "" : "=" + std::string(option.argument));
}

std::string generalHelp()
{
    std::string help = "usage: cmctl COMMAND [ARGUMENT...] [OPTION...]\n\n" + std::string(kPurpose) + "\n\n";
    for (const CommandRow& command : commandTable())
        if (!command.hidden)
            help += entry("  " + std::string(command.name) + " " + std::string(command.arguments), 34,
                          command.summary);
    help += "\nEvery command takes:\n" + optionLines(globalOptions()) + "\n" + entry("", 0, kHowItIsFound);
    help += "\nExit codes:";
    for (const ExitCodeRow& row : kExitCodes)
        help += (row.code == ExitCode::Done ? " " : "; ") + std::to_string(static_cast<int>(row.code)) + " " +
                std::string(row.meaning);
    return help + ".\n`cmctl COMMAND --help` says more of a command.";
}

std::string commandHelp(const CommandRow& command)
{
    std::string help = "usage: " + usageOf(command) + " [OPTION...]\n\n" + entry("", 0, summaryOf(command));
    if (!command.options.empty()) help += "\nOptions:\n" + optionLines(ownOptions(command));
    help += "\nOptions of every command: see cmctl help.\n";
    return help + "\nExample:\n" + indented(command.example);
}

std::string manualPage()
{
    manual::ManualPage page("cmctl", 1, kVersion, "show and change what a ClusterManager host does");
    page.section("Synopsis");
    page.paragraph("cmctl COMMAND [ARGUMENT...] [OPTION...]");
    page.section("Description");
    page.paragraph(kPurpose);
    page.paragraph(kHowItIsFound);
    page.section("Commands");
    for (const CommandRow& command : commandTable())
    {
        if (command.hidden) continue;
        page.subsection(usageOf(command));
        page.paragraph(summaryOf(command));
        for (const OptionRow* option : ownOptions(command)) page.item(spelling(*option), option->text);
        page.example(command.example);
    }
    page.section("Options of every command");
    for (const OptionRow* option : globalOptions()) page.item(spelling(*option), option->text);
    page.section("Exit status");
    for (const ExitCodeRow& row : kExitCodes)
        page.item(std::to_string(static_cast<int>(row.code)), row.meaning);
    page.section("See also");
    page.paragraph("clustermanager(8), clustermanager.conf(5)");
    return page.text();
}

}  // namespace clustermanager::cmctl
