#include "config/OptionTable.h"

#include <algorithm>

#include "config/OptionValue.h"

namespace clustermanager::config {

namespace {

constexpr std::int64_t kSecond = 1'000;
constexpr std::int64_t kDay = 86'400 * kSecond;
constexpr std::int64_t kYear = 365 * kDay;

constexpr OptionScope kCluster = OptionScope::Cluster;
constexpr OptionScope kGroup = OptionScope::Group;
constexpr OptionScope kBoth = OptionScope::Both;

Option integer(std::string_view name, OptionScope scope, std::string_view fallback, Bounds bounds,
               std::string_view text)
{
    return {name, scope, OptionType::Integer, fallback, bounds, "", text};
}

Option size(std::string_view name, OptionScope scope, std::string_view fallback, Bounds bounds,
            std::string_view text)
{
    return {name, scope, OptionType::Size, fallback, bounds, "", text};
}

Option duration(std::string_view name, OptionScope scope, std::string_view fallback, Bounds bounds,
                std::string_view text)
{
    return {name, scope, OptionType::Duration, fallback, bounds, "", text};
}

Option choice(std::string_view name, OptionScope scope, std::string_view fallback, std::string_view choices,
              std::string_view text)
{
    return {name, scope, OptionType::Choice, fallback, {}, choices, text};
}

Option plain(std::string_view name, OptionScope scope, OptionType type, std::string_view fallback,
             std::string_view text)
{
    return {name, scope, type, fallback, {}, "", text};
}

std::vector<Option> childOptions()
{
    return {
        integer("count", kBoth, "", {0, kMaxChildren},
                "Children of the group. Unset: the smaller of CM_MAX_CHILD_PROCESSES (else "
                "MAX_CHILD_PROCESSES, else 32) and the CPUs this process may use."),
        plain("autoRestart", kBoth, OptionType::Boolean, "true",
              "false: a child that ends stays stopped. The short form of restart = always or never."),
        choice("restart", kBoth, "always", "always|on-failure|never",
               "Which ends of a child are followed by another start. Wins over an autoRestart of [cluster]."),
        duration("startTimeoutMs", kBoth, "30000", {1, kDay},
                 "Time for a plugin to load, and for a child to become ready."),
        duration("shutdownTimeoutMs", kBoth, "10000", {0, kDay},
                 "Time for a child that was asked to exit; after it the child is killed."),
        duration("minUptimeMs", kBoth, "1000", {0, kDay},
                 "A child that ran this long starts again without a wait; none is recycled before."),
        duration("backoffMinMs", kBoth, "100", {1, kDay},
                 "The wait before the second restart in a row; it doubles from there."),
        duration("backoffMaxMs", kBoth, "30000", {1, kDay}, "The longest wait before a restart."),
        integer("maxRestarts", kBoth, "10", {0, 1'000'000},
                "More restarts than this within restartWindowMs: the child has failed. 0: no limit."),
        duration("restartWindowMs", kBoth, "60000", {1, kDay}, "The window in which maxRestarts counts."),
        choice("onGiveUp", kBoth, "keep", "keep|exit",
               "What the host does when a group has failed: stay, or stop with exit code 70."),
        plain("preload", kBoth, OptionType::Boolean, "true",
              "Map the plugin once in the spawner, before the children are forked."),
        integer("spares", kBoth, "1", {0, 16}, "Children forked ahead, which makes a restart faster."),
        duration("updateStatusMs", kBoth, "10000", {10, kDay}, "How often a child reports its status."),
        choice("output", kBoth, "inherit", "inherit|file",
               "Standard output and error of the children: the host's own, or a file each in logFolder. Such "
               "a file "
               "is archived like a log; its size is looked at when the child reports its status."),
        choice("runMaster", kBoth, "inside", "false|inside|isolated|true",
               "Where a plugin's run_master runs: not at all, in the master (true is the same), or in a "
               "process of its own."),
        plain(
            "crashReports", kBoth, OptionType::Boolean, "true",
            "A child that dies of a fault (SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT) leaves a report of it."),
        plain("coreDumps", kBoth, OptionType::Boolean, "true",
              "true: a child may leave a core file where the host's limit at its start says so. The host and "
              "its spawners never leave one."),
        integer(
            "maxOpenFiles", kBoth, "0", {64, 1'048'576, true},
            "Descriptors a child may have open at a time; what would open one more fails there. 0: as many "
            "as the host."),
        size(
            "maxAddressSpace", kBoth, "0", {128'000'000, 1'000'000'000'000, true},
            "Memory a child may map, used or not; what would take more fails there. 0: as much as the host."),
        plain("user", kBoth, OptionType::Text, "",
              "The account, by name or number, that the group's processes run as, for good and before any of "
              "the plugin's code. Unset: that of the host. Another one needs a host that root has started."),
        plain("loaderVariables", kBoth, OptionType::Boolean, "false",
              "true: the group's processes get LD_PRELOAD, LD_LIBRARY_PATH and the other variables that make "
              "a program load something else; by default they are taken away."),
        integer("crashReportsKept", kBoth, "20", {1, 1'000},
                "The crash reports kept of the group; the oldest go."),
    };
}

/// How children are replaced, and when.
std::vector<Option> replacementOptions()
{
    return {
        duration("drainDelayMs", kBoth, "0", {0, kDay},
                 "How long a child that is to exit goes on serving while it already counts as not ready."),
        duration("watchdogMs", kBoth, "0", {10, kDay, true},
                 "A child that does not beat for this long is ended with SIGABRT. 0: no beat is asked for."),
        duration("maxLifetimeMs", kBoth, "0", {0, kYear},
                 "A child that is older than this is replaced gracefully. 0: never."),
        integer("maxRequests", kBoth, "0", {0, 1'000'000'000'000},
                "A child that its plugin says served so many requests is replaced gracefully. 0: never."),
        size("maxMemory", kBoth, "0", {1'000'000, 1'000'000'000'000, true},
             "A child whose memory grows beyond this is replaced gracefully. 0: never."),
        integer("maxCount", kBoth, "1024", {1, kMaxChildren},
                "The most children that a group may have and an operator may scale it to."),
        integer("maxSurge", kBoth, "", {0, kMaxChildren},
                "Children beyond count while others are replaced, so many at once. By default a tenth of "
                "count, and at least 2 (1 where count is below 4)."),
        integer("maxUnavailable", kBoth, "0", {0, kMaxChildren},
                "Children that may be missing while others are replaced. Not 0 where maxSurge is 0."),
        integer(
            "minReady", kBoth, "1", {0, kMaxChildren},
            "Ready children without which /readyz says that the host is not ready; all where it has fewer."),
    };
}

std::vector<Option> groupOptions()
{
    return {
        plain("path", kGroup, OptionType::Path, "",
              "The plugin's file. Unset: NAME.so in the plugins folder."),
        plain("enabled", kGroup, OptionType::Boolean, "true", "false: the group is not started."),
        plain("listen", kGroup, OptionType::List, "",
              "The listeners its children get, names of [listen]. Unset: all of them where there is one "
              "group only, else none."),
        plain("after", kGroup, OptionType::List, "",
              "The groups that have to be ready before this one starts; where the host stops, it stops "
              "before them."),
    };
}

std::vector<Option> clusterOptions()
{
    return {
        plain("plugins", kCluster, OptionType::Path, "plugins",
              "The folder of the plugins: each *.so in it is a group named after its file."),
        plain(
            "pluginsWatch", kCluster, OptionType::Boolean, "true",
            "Watch that folder: a plugin put there starts, a replaced one is reloaded, a removed one stops."),
        integer("webServerPort", kCluster, "", {0, 65'535},
                "The control port. Unset: CM_WEBSERVER_PORT; neither: none. 0: the kernel chooses."),
        plain("webServerAddress", kCluster, OptionType::Text, "127.0.0.1",
              "The address of the control port. One that is not loopback needs a token."),
        plain("webServerToken", kCluster, OptionType::Secret, "",
              "What a client of the control port must send as its bearer token; at least 16 characters."),
        plain("webServerTokenFile", kCluster, OptionType::Path, "",
              "A file that holds the token and that only its owner may read."),
        plain(
            "webServerTokensFile", kCluster, OptionType::Path, "",
            "A file of hashed tokens and their roles, a line each, as clustermanager --hash-token NAME ROLE "
            "writes it."),
        plain(
            "webServerCertificate", kCluster, OptionType::Path, "",
            "The certificate of the control port, in PEM with those between it and its root: TLS is spoken."),
        plain("webServerKey", kCluster, OptionType::Path, "",
              "The private key of webServerCertificate, in PEM, without a pass phrase."),
        plain("webServerClientCa", kCluster, OptionType::Path, "",
              "Who signs the certificates of clients, in PEM: who has none is not let in over TLS."),
        plain("controlSocket", kCluster, OptionType::Path, "run/clustermanager.sock",
              "The Unix socket of the control port; it is always there."),
        plain(
            "controlSocketMode", kCluster, OptionType::Text, "",
            "Who may connect to it: 0600 to 0666. Unset: 0600, or 0660 where there is a controlSocketGroup."),
        plain("controlSocketGroup", kCluster, OptionType::Text, "",
              "A group, by name or number, whose members may operate over it; others who can connect may "
              "read."),
        choice("history", kCluster, "on", "off|on",
               "Keep what ended and what was asked for in a file, for /history."),
        plain("historyFile", kCluster, OptionType::Path, "",
              "That file, an SQLite database. Unset: history.db beside the control socket."),
        integer("historyMaxRows", kCluster, "100000", {100, 100'000'000},
                "The most it keeps; the oldest go."),
        duration("historyMaxAgeMs", kCluster, "720h", {kSecond, 10 * kYear},
                 "How long it keeps them, by the machine's clock."),
        choice("logLevel", kCluster, "info", "trace|debug|info|warn|error|fatal",
               "The level of the master and of every child."),
        plain("logFolder", kCluster, OptionType::Path, "log",
              "Where the children log to, and a daemon itself, as long as there is no logging.* key but "
              "logging.format."),
        size("logRotateSize", kCluster, "50M", {4'000, 1'000'000'000'000, true},
             "A log file that grows beyond this is archived. 0: never."),
        integer("logRotateCount", kCluster, "10", {1, 1'000}, "The archives kept of each log file."),
    };
}

std::vector<Option> wholeTable()
{
    std::vector<Option> table;
    for (const std::vector<Option>& part :
         {childOptions(), replacementOptions(), groupOptions(), clusterOptions()})
        table.insert(table.end(), part.begin(), part.end());
    return table;
}

}  // namespace

const std::vector<Option>& optionTable()
{
    static const std::vector<Option> table = wholeTable();
    return table;
}

const Option* findOption(std::string_view name)
{
    const auto& table = optionTable();
    const auto found =
        std::find_if(table.begin(), table.end(), [&](const Option& option) { return option.name == name; });
    return found == table.end() ? nullptr : &*found;
}

bool allowedInCluster(const Option& option)
{
    return option.scope != OptionScope::Group;
}

bool allowedInGroup(const Option& option)
{
    return option.scope != OptionScope::Cluster;
}

std::vector<std::string_view> choicesOf(const Option& option)
{
    std::vector<std::string_view> choices;
    std::string_view rest = option.choices;
    while (!rest.empty())
    {
        const std::size_t end = std::min(rest.find('|'), rest.size());
        choices.push_back(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return choices;
}

std::string boundsText(const Option& option)
{
    switch (option.type)
    {
    case OptionType::Integer:
    case OptionType::Size:
    case OptionType::Duration:
        return (option.bounds.zeroToo ? "0 or " : "") + shortNumber(option.type, option.bounds.min) + ".." +
               shortNumber(option.type, option.bounds.max);
    case OptionType::Boolean: return "true or false";
    case OptionType::Choice: {
        std::string text;
        for (const std::string_view choice : choicesOf(option))
            text += (text.empty() ? "" : ", ") + std::string(choice);
        return text;
    }
    case OptionType::Text: return "text";
    case OptionType::Secret: return "at least 16 characters";
    case OptionType::Path: return "path";
    case OptionType::List: return "names, separated by commas";
    }
    return "";
}

}  // namespace clustermanager::config
