#include "cmctl/CommandTable.h"

#include <algorithm>

#include "cmctl/commands/Commands.h"

namespace clustermanager::cmctl {

namespace {

constexpr bool kEverywhere = true;
constexpr bool kHidden = true;

std::vector<OptionRow> allOptions()  // NOLINT(readability-function-size): a table
{
    return {
        {"follow", 'f', "", "Go on with what comes, and reconnect where the connection is lost."},
        {"lines", 'n', "N", "How many of the last to show (0 to 10000)."},
        {"json", 'j', "", "The answer as JSON, for programs."},
        {"wait", 'w', "DURATION",
         "Wait for the end, at most so long (1ms to 24h: 30s, 5m; 24h where none is said), and show each "
         "step."},
        {"group", 'g', "NAME", "Of this group alone.", Words::Groups},
        {"child", 'i', "ID", "Of this child alone.", Words::Children},
        {"logger", 'l', "NAME", "Of this logger alone."},
        {"kind", 'k', "KINDS",
         "Of these kinds alone, separated by commas: exit, operation, config, command, host; of events also "
         "child, group and notice."},
        {"for", '\0', "DURATION", "Put the level back after so long, or at Ctrl-C."},
        {"since", '\0', "TIME", "From then on: a time (2026-01-31T12:00:00Z) or so long ago (2h)."},
        {"until", '\0', "TIME", "Up to then: a time, or so long ago."},
        {"limit", '\0', "N", "At most so many, the newest (1 to 100000)."},
        {"sort",
         '\0',
         "COLUMN",
         "What to begin sorted by: id, cpu, memory, restarts, uptime or requests.",
         Words::Choices,
         {"id", "cpu", "memory", "restarts", "uptime", "requests"}},
        {"embedded", '\0', "", "A program that is its own plugin (cm::start), instead of a shared object."},
        {"socket", 's', "PATH", "The control socket of the host.", Words::Files, {}, kEverywhere},
        {"url",
         'u',
         "URL",
         "The control port of the host: http://HOST:PORT or https://HOST:PORT.",
         Words::None,
         {},
         kEverywhere},
        {"token-file",
         '\0',
         "FILE",
         "The file that holds the bearer token for --url.",
         Words::Files,
         {},
         kEverywhere},
        {"ca-file",
         '\0',
         "FILE",
         "With https: trust the certificates in this PEM file, not the system's.",
         Words::Files,
         {},
         kEverywhere},
        {"cert-file", '\0', "FILE", "With https: show this PEM certificate.", Words::Files, {}, kEverywhere},
        {"key-file",
         '\0',
         "FILE",
         "With https: the PEM key of that certificate.",
         Words::Files,
         {},
         kEverywhere},
        {"config",
         'c',
         "FILE",
         "A configuration file of the host, to find its control socket.",
         Words::Files,
         {},
         kEverywhere},
        {"timeout",
         't',
         "DURATION",
         "How long an answer may take (1ms to 10m; 10s).",
         Words::None,
         {},
         kEverywhere},
        {"color",
         '\0',
         "WHEN",
         "Colours: auto (on a terminal, unless NO_COLOR is set), always or never.",
         Words::Choices,
         {"auto", "always", "never"},
         kEverywhere},
        {"help", 'h', "", "Show the help of the command.", Words::None, {}, kEverywhere},
        {"version", 'V', "", "Show the version.", Words::None, {}, kEverywhere},
    };
}

std::vector<CommandRow> commandsThatShow()  // NOLINT(readability-function-size): a table
{
    return {
        {"status",
         "[NAME|ID]",
         "Show the host, a group, or a child",
         "Without an argument: all groups and children. With a group's name: that group and its children. "
         "With "
         "the number of a child: all that is known of it, with its last exit.",
         {"json"},
         "cmctl status\ncmctl status hello\ncmctl status 3 --json",
         commands::status,
         0,
         1,
         Words::GroupsOrChildren},
        {"top",
         "",
         "Watch the children live",
         "Keys: up and down select; i, c, m, r, u, s sort by id, CPU, memory, restarts, uptime, requests per "
         "second; l shows the log of the selected child; R restarts it, after a question; q quits.",
         {"sort"},
         "cmctl top --sort=cpu",
         commands::top,
         0,
         0},
        {"logs",
         "[ID|NAME...]",
         "Show the logs of children, merged by time",
         "Of all children, or of those named by their number or by their group. Each line begins with the "
         "group "
         "and the number of its child.",
         {"follow", "lines"},
         "cmctl logs -n 50\ncmctl logs -f hello 7",
         commands::logs,
         0,
         UINT_MAX,
         Words::GroupsOrChildren},
        {"events",
         "",
         "Show what happens: state changes, exits, operations, commands",
         "",
         {"follow", "lines", "group", "child", "kind", "json"},
         "cmctl events -f\ncmctl events -n 20 --kind=exit,command",
         commands::events,
         0,
         0},
        {"operations",
         "[ID]",
         "Show what was asked for lately, and what became of it",
         "",
         {"json"},
         "cmctl operations\ncmctl operations 5",
         commands::operations,
         0,
         1},
        {"history",
         "",
         "Show exits, reloads, configuration changes and commands of the past",
         "",
         {"since", "until", "group", "child", "kind", "limit", "json"},
         "cmctl history --since=2h --kind=exit",
         commands::history,
         0,
         0},
        {"crash",
         "list | show ID",
         "Show crash reports",
         "",
         {"json"},
         "cmctl crash list\ncmctl crash show hello-3-7",
         commands::crash,
         1,
         2,
         Words::Choices,
         {"list", "show"}},
    };
}

std::vector<CommandRow> commandsThatChange()  // NOLINT(readability-function-size): a table
{
    return {
        {"restart",
         "NAME|ID|all",
         "Stop children gracefully; with autoRestart they come back",
         "The children of a group, one child, or all of them at once. For a replacement one by one that "
         "loses no "
         "request see reload.",
         {"wait"},
         "cmctl restart hello --wait=30s\ncmctl restart 3",
         commands::restart,
         1,
         1,
         Words::GroupsOrChildren},
        {"stop",
         "NAME",
         "Drain a group and start none of its children",
         "",
         {"wait"},
         "cmctl stop hello --wait=30s",
         commands::stop,
         1,
         1,
         Words::Groups},
        {"start",
         "NAME",
         "Start a stopped group",
         "",
         {"wait"},
         "cmctl start hello --wait=30s",
         commands::start,
         1,
         1,
         Words::Groups},
        {"scale",
         "NAME N",
         "Give a group N children",
         "The highest numbers are drained first.",
         {"wait"},
         "cmctl scale hello 8 --wait=30s",
         commands::scale,
         2,
         2,
         Words::Groups},
        {"reload",
         "[NAME]",
         "Replace children one by one by new ones, without losing a request",
         "Of all groups, or of one: with the plugin's file as it is now. With --wait it shows each child as "
         "it is "
         "replaced, and the exit code says what became of it.",
         {"wait"},
         "cmctl reload hello --wait=2m",
         commands::reload,
         0,
         1,
         Words::Groups},
        {"log-level",
         "LEVEL",
         "Set the log level of the host and its children, now and later",
         "Narrowed by --group, --child and --logger. With --for the level that was in force is put back in "
         "the "
         "end.",
         {"group", "child", "logger", "for"},
         "cmctl log-level debug\ncmctl log-level trace --child=3 --for=5m",
         commands::logLevel,
         1,
         1,
         Words::Choices,
         {"trace", "debug", "info", "warn", "error", "fatal"}},
        {"config",
         "show | check [FILE...] | reload",
         "Show the configuration in force, check files, have the host read its files again",
         "check reads the files (those of --config without any) as the host would and needs no running host. "
         "reload changes nothing where anything in them is wrong.",
         {"wait", "json"},
         "cmctl config check etc/hello.properties && cmctl config reload --wait=1m",
         commands::config,
         1,
         UINT_MAX,
         Words::Choices,
         {"show", "check", "reload"}},
        {"reopen",
         "",
         "Have every process open its log files again, for logrotate",
         "",
         {},
         "cmctl reopen",
         commands::reopen,
         0,
         0},
        {"upgrade",
         "",
         "Let the host go on in the program that lies at its path now",
         "The host, its children and its listeners stay; a program that cannot go on changes nothing.",
         {"wait"},
         "cmctl upgrade --wait=30s",
         commands::upgrade,
         0,
         0},
    };
}

std::vector<CommandRow> commandsWithoutHost()
{
    return {
        {"new",
         "NAME",
         "Write a plugin project that builds and passes its test",
         "Into a new folder NAME; what is there already is never touched.",
         {"embedded"},
         "cmctl new greeter && cd greeter && cmake -G Ninja -B build && cmake --build build && ctest "
         "--test-dir "
         "build",
         commands::newPlugin,
         1,
         1},
        {"completion",
         "bash|zsh",
         "Write the completion script of a shell",
         "",
         {},
         "source <(cmctl completion bash)",
         commands::completion,
         1,
         1,
         Words::Choices,
         {"bash", "zsh"}},
        {"help",
         "[COMMAND]",
         "Show all commands, or the help of one",
         "",
         {},
         "cmctl help reload",
         commands::help,
         0,
         1},
        {"man",
         "",
         "Write the manual page",
         "",
         {},
         "cmctl man > cmctl.1",
         commands::man,
         0,
         0,
         Words::None,
         {},
         kHidden},
        {"names",
         "groups|children|all",
         "Write the names of the running host, for completions",
         "",
         {},
         "cmctl names groups",
         commands::names,
         1,
         1,
         Words::Choices,
         {"groups", "children", "all"},
         kHidden},
    };
}

std::vector<CommandRow> allCommands()
{
    std::vector<CommandRow> table;
    for (const auto& part : {commandsThatShow(), commandsThatChange(), commandsWithoutHost()})
        table.insert(table.end(), part.begin(), part.end());
    return table;
}

template <class Row>
const Row* find(const std::vector<Row>& table, std::string_view name)
{
    const auto found =
        std::find_if(table.begin(), table.end(), [&](const Row& row) { return row.name == name; });
    return found == table.end() ? nullptr : &*found;
}

}  // namespace

const std::vector<OptionRow>& optionTable()
{
    static const std::vector<OptionRow> table = allOptions();
    return table;
}

const std::vector<CommandRow>& commandTable()
{
    static const std::vector<CommandRow> table = allCommands();
    return table;
}

const OptionRow* findOption(std::string_view name)
{
    return find(optionTable(), name);
}

const CommandRow* findCommand(std::string_view name)
{
    return find(commandTable(), name);
}

std::vector<const OptionRow*> optionsOf(const CommandRow& command)
{
    std::vector<const OptionRow*> options;
    for (const std::string_view name : command.options) options.push_back(findOption(name));
    for (const OptionRow& option : optionTable())
        if (option.everywhere) options.push_back(&option);
    return options;
}

}  // namespace clustermanager::cmctl
