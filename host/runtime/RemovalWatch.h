#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>

#include "base/FileDescriptor.h"
#include "base/Types.h"
#include "runtime/EventLoop.h"

namespace clustermanager::runtime {

/// Says when to look whether some files are still where they were: when the kernel tells that something was
/// removed from their folders, and every few seconds while it cannot tell (no inotify left, a folder that is
/// not there) or while the last look was not content. Otherwise it costs nothing.
///
/// Limit: that a folder above one of them is moved is not noticed; that one is deleted is.
///
/// Threading: the master's loop thread only. The callbacks must not destroy it.
class RemovalWatch
{
public:
    static constexpr Millis kPace{2'000};

    /// `look` says whether all is as it should be; it may put back what it misses. `tell` gets one sentence
    /// where the kernel gives no watch, once.
    RemovalWatch(EventLoop& loop, std::function<bool()> look, std::function<void(const std::string&)> tell);
    ~RemovalWatch();
    RemovalWatch(const RemovalWatch&) = delete;
    RemovalWatch& operator=(const RemovalWatch&) = delete;

    /// These folders instead of those before. Looks at once.
    void watch(const std::set<std::string>& folders);

    static std::string folderOf(const std::string& path);

private:
    void onEvents();
    void onTime();
    void look();
    bool addWatches();
    void refused(int error);

    EventLoop& _loop;
    std::function<bool()> _look;
    std::function<void(const std::string&)> _tell;
    FileDescriptor _notify;
    FileDescriptor _timer;
    std::map<std::string, int> _watches;  // by folder; -1: none
    bool _told = false;
};

}  // namespace clustermanager::runtime
