#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/FileDescriptor.h"
#include "base/FileIdentity.h"
#include "base/Types.h"

namespace clustermanager::runtime {

/// Tells which names of one folder are touched, and when the folder itself goes and comes back. While there
/// is none, the nearest folder above that exists is watched for it; only where something was unmounted is it
/// looked for at a slow pace. Where the kernel refuses a watch, a folder that can be read is to be looked
/// through at that pace.
///
/// Limits: what is mounted over a folder that is watched, and a link on the way to it that is set anew, are
/// not seen; the folder that was found stays the one that is watched.
///
/// Threading: the master's loop thread only. Never blocks for longer than the file system takes for one look.
class FolderWatch
{
public:
    static constexpr Millis kSlowPace{5'000};

    struct Seen
    {
        std::vector<std::string> touched;  // names, each once for each event
        bool lookThrough = false;          // names were lost, or the folder is another one: look at all
        bool back = false;                 // the folder is there again
        std::string problem;               // why it is watched no longer; "": nothing new
    };

    /// A folder that does not exist yet is no problem. What else hinders watching is told by the first
    /// passTime().
    explicit FolderWatch(std::string path);

    bool found() const { return _folder >= 0 || _polled.isAt(itself()); }

    /// To be polled for reading; -1 where the kernel gives none.
    int wakeFd() const { return _inotify.get(); }

    /// What came, a bounded number of events.
    Seen read(TimePoint now);

    std::optional<TimePoint> deadline() const { return _lookAt; }
    Seen passTime(TimePoint now);

private:
    void take(int watch, unsigned mask, const std::string& name, Seen& seen, TimePoint now);
    void lose(const std::string& why, Seen& seen, TimePoint now);
    void find(Seen& seen, TimePoint now);
    void poll(const std::string& why, Seen& seen);
    std::string lost(const std::string& why) const;
    bool watchAbove();
    std::string itself() const { return _path + "/."; }  // and not a link that leads to it

    std::string _path;
    FileDescriptor _inotify;
    int _noInotify = 0;      // why there is none
    int _folder = -1;        // the watch of the folder; -1: there is none
    int _above = -1;         // of the folder above, while there is none
    std::string _component;  // what is to appear in that
    std::optional<TimePoint> _lookAt;
    bool _refused = false;  // the kernel refused a watch, and that was told
    FileIdentity _polled;   // of the folder that was found without a watch
};

}  // namespace clustermanager::runtime
