#pragma once

#include <array>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/DroppedFile.h"
#include "base/Types.h"
#include "runtime/FolderWatch.h"

namespace clustermanager::runtime {

/// Reports what is dropped into the folder of plugins, each change once and only when its files have rested
/// and the plugin is whole. What there is when it is made counts as known, until knows() says what does.
/// (Not Poco's DirectoryWatcher: that has a thread of its own and loses events.)
///
/// Invariants:
///  - files of one NAME that change together make one change; one NAME makes at most one in a settle time,
///  and
///    the last state is always told;
///  - what may have been read as it was for a moment, before it rested, is told when it rests, also where it
///    is again as it was told before;
///  - a plugin that is not whole makes one warning for each distinct state, and no change;
///  - only a plugin deleted from a folder that is there is Removed: a folder that is lost, or comes back
///    without it, leaves it running.
///
/// Threading: the master's loop thread only. The sinks must not destroy it.
class PluginFolder
{
public:
    static constexpr Millis kSettle{300};
    static constexpr std::size_t kNamesPerCall = 64;

    struct Changed
    {
        std::string name;
    };
    struct Removed
    {
        std::string name;
    };
    struct Sinks
    {
        std::function<void(const std::variant<Changed, Removed>&)> change;
        std::function<void(const std::string&)> warning;
    };

    PluginFolder(std::string path, Sinks sinks, Millis settle = kSettle);

    /// What was told of each NAME, for another process image, or was there before a reading.
    using Told = DroppedStates;
    Told told() const;
    /// Only this counts as known instead of what there is: what has changed since then is told.
    void knows(const Told& told, TimePoint now);

    /// A reading of the configuration is in force, and with it whatever it saw here: groups have come of the
    /// plugins `added`, and those of `removed` went. No time may pass here while a reading goes on.
    void wasRead(const std::vector<std::string>& added, const std::vector<std::string>& removed,
                 TimePoint now);

    /// To be watched for EPOLLIN; -1: the kernel gives none, and passTime() warns.
    int wakeFd() const { return _watch.wakeFd(); }
    void onReadable(TimePoint now);

    std::optional<TimePoint> deadline() const;
    void passTime(TimePoint now);

private:
    using States = std::array<FileState, DroppedName::Kinds>;
    struct Name
    {
        States told;     // as last reported, or found at first; unknown() where a reading came in between
        States present;  // as last looked at
        FileState warned;
        std::optional<TimePoint> restsAt;
    };

    void take(const FolderWatch::Seen& seen, TimePoint now);
    void touched(const std::string& file, TimePoint now);
    void touchLinks(TimePoint now);
    void lookThrough(TimePoint now, bool back);
    void distrust(const std::string& stem, TimePoint now);
    void arm(const std::string& stem, Name& name, TimePoint now);
    States statesOf(const std::string& stem) const;
    void judge(const std::string& stem, Name& name);
    void eachEntry(const std::function<void(const DroppedName&)>& each);

    std::string _path;
    Sinks _sinks;
    Millis _settle;
    FolderWatch _watch;
    std::map<std::string, Name> _names;
    std::set<std::pair<TimePoint, std::string>> _order;  // the names that have not rested, by restsAt
};

}  // namespace clustermanager::runtime
