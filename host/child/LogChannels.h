#pragma once

#include <Poco/AutoPtr.h>
#include <Poco/Channel.h>
#include <Poco/Formatter.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "child/GuardedChannel.h"
#include "child/JsonFormatter.h"

namespace clustermanager::child {

/// A logging.* key that cannot be used, and why.
struct LogKeyProblem
{
    std::string key;
    std::string text;
};

/// The formatters, channels and loggers that logging.* keys describe: the same as Poco's LoggingConfigurator
/// makes of them, but that each channel is guarded (GuardedChannel), that nothing is put in force, and that
/// what is wrong names its key.
///
/// Making one enters its names in Poco's LoggingRegistry, where channels look for each other.
class LogChannels
{
public:
    using Keys = std::map<std::string, std::string>;
    static constexpr int kNoLevel = -1;

    struct Logger
    {
        std::string name;            // "": the root
        Poco::Channel::Ptr channel;  // null: it has none of its own
        int level = kNoLevel;        // Poco's
    };

    /// Keys that do not begin with "logging." are passed over. ${system.env.NAME} and its kind are
    /// taken from this process (SystemValues). Throws LogKeyProblem.
    explicit LogChannels(const Keys& keys);

    /// Parents before their children.
    const std::vector<Logger>& loggers() const { return _loggers; }

    /// Opens everything now instead of with the first record. Throws LogKeyProblem.
    void open();

    /// Every file is opened again by its path, with the next record.
    void reopen();

    /// Enters these names in Poco's registry again, or takes them out.
    void enter() const;
    void leave() const;

    /// Makes ChildFileChannel, JournalChannel and JsonFormatter known to Poco's LoggingFactory. Later calls
    /// do nothing. `origin` lives as long as the process.
    static void registerClasses(const LogOrigin& origin);

    /// From here on a ConsoleChannel of this process is what `make` makes of its formatter, which may be
    /// null.
    using MakeConsole = Poco::Channel::Ptr (*)(const Poco::Formatter::Ptr&);
    static void replaceConsole(MakeConsole make);

private:
    using Properties = std::map<std::string, std::string>;  // by what follows the prefix
    struct Section
    {
        std::string prefix;  // "logging.channels.file."
        Properties properties;
    };

    /// A channel, named or a logger's own.
    struct Made
    {
        std::string key;                      // to name where it cannot be opened
        Poco::Channel::Ptr channel;           // what records go to
        Poco::Channel::Ptr sink;              // what its properties go to
        Poco::AutoPtr<GuardedChannel> guard;  // null: it needs none
    };

    static std::map<std::string, Section> sections(const Keys& keys, const std::string& prefix);
    static Section below(const Section& section, const std::string& name);
    static Poco::Formatter::Ptr makeFormatter(const Section& section);
    static Poco::Formatter::Ptr formatterOf(const Section& section);
    static Made makeChannel(const Section& section);
    static void configure(const Section& section, Made& made);
    Logger makeLogger(const Section& section);
    void makeAll(const Keys& keys);
    void forEach(const std::function<void(Made&)>& visit);

    static MakeConsole _makeConsole;

    std::map<std::string, Poco::Formatter::Ptr> _formatters;
    std::map<std::string, Made> _channels;  // by name
    std::vector<Made> _ofLoggers;
    std::vector<Logger> _loggers;
};

}  // namespace clustermanager::child
