#include "runtime/FolderWatch.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "base/SysError.h"

namespace clustermanager::runtime {
namespace {

constexpr std::size_t kBytesPerRead = 65'536;
constexpr int kFindTries = 3;

constexpr unsigned kWatchFolder = IN_CREATE | IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB | IN_DELETE |
                                  IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
constexpr unsigned kWatchAbove = IN_CREATE | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;

bool isReadableFolder(const std::string& path)
{
    std::error_code unknown;
    return std::filesystem::is_directory(path, unknown) && ::access(path.c_str(), R_OK | X_OK) == 0;
}

}  // namespace

FolderWatch::FolderWatch(std::string path)
    : _path(std::filesystem::path(std::move(path)).lexically_normal().string()),
      _inotify(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)), _noInotify(_inotify ? 0 : errno)
{
    while (_path.size() > 1 && _path.back() == '/') _path.pop_back();
    Seen ignored;
    find(ignored, TimePoint::min());
    // The problem, if there is one, is told when somebody listens.
    _refused = false;
}

FolderWatch::Seen FolderWatch::read(TimePoint now)
{
    Seen seen;
    alignas(inotify_event) std::array<char, kBytesPerRead> buffer;
    const ssize_t size = ::read(_inotify.get(), buffer.data(), buffer.size());
    for (ssize_t at = 0; at < size;)
    {
        inotify_event event;
        std::memcpy(&event, buffer.data() + at, sizeof event);
        const char* name = buffer.data() + at + sizeof event;
        take(event.wd, event.mask, std::string(name, ::strnlen(name, event.len)), seen, now);
        at += static_cast<ssize_t>(sizeof event + event.len);
    }
    return seen;
}

void FolderWatch::take(int watch, unsigned mask, const std::string& name, Seen& seen, TimePoint now)
{
    if ((mask & IN_Q_OVERFLOW) != 0)
    {
        seen.lookThrough = true;
        if (!found()) find(seen, now);
        return;
    }
    // What an earlier watch has left in the queue is of no interest.
    if (watch == _above && !found() && (name == _component || name.empty())) find(seen, now);
    if (watch != _folder || !found()) return;
    if ((mask & IN_MOVE_SELF) != 0)
        lose("was moved away", seen, now);
    else if ((mask & IN_UNMOUNT) != 0)
    {
        lose("was unmounted", seen, now);
        _lookAt = now + kSlowPace;  // nobody tells that something is mounted
    }
    else if ((mask & (IN_DELETE_SELF | IN_IGNORED)) != 0)
        lose("was removed", seen, now);
    else if (!name.empty())
        seen.touched.push_back(name);
}

std::string FolderWatch::lost(const std::string& why) const
{
    return "the folder '" + _path + "' " + why + ": what runs is left as it is until the folder is back";
}

void FolderWatch::lose(const std::string& why, Seen& seen, TimePoint now)
{
    (void)::inotify_rm_watch(_inotify.get(), _folder);
    _folder = -1;
    seen.problem = lost(why);
    if (why != "was unmounted") find(seen, now);
}

FolderWatch::Seen FolderWatch::passTime(TimePoint now)
{
    Seen seen;
    if (!_lookAt || *_lookAt > now) return seen;
    find(seen, now);
    return seen;
}

/// The folder, or the nearest one above it.
void FolderWatch::find(Seen& seen, TimePoint now)
{
    _lookAt.reset();
    int error = _noInotify;
    for (int tries = 0; _inotify && tries < kFindTries; ++tries)
    {
        const int watch = ::inotify_add_watch(_inotify.get(), _path.c_str(), kWatchFolder);
        error = errno;
        if (watch >= 0)
        {
            if (_above >= 0) (void)::inotify_rm_watch(_inotify.get(), std::exchange(_above, -1));
            _folder = watch;
            _refused = false;
            _polled = {};
            seen.back = seen.lookThrough = true;
            return;
        }
        // What appears between the two looks makes an event, or is found by the second try.
        if ((error != ENOENT && error != ENOTDIR) || (tries > 0 && _above >= 0) || !watchAbove()) break;
    }
    if (_above >= 0 && (error == ENOENT || error == ENOTDIR)) return;
    _lookAt = now == TimePoint::min() ? now : now + kSlowPace;
    poll(errnoText(error), seen);
}

/// What cannot be read is not there: that its files cannot be seen must not look as if they were removed.
void FolderWatch::poll(const std::string& why, Seen& seen)
{
    const bool there = isReadableFolder(_path);
    const FileIdentity before = std::exchange(_polled, there ? FileIdentity::of(itself()) : FileIdentity());
    if (!std::exchange(_refused, true))
        seen.problem = "the folder '" + _path + "' cannot be watched: " + why +
                       (there ? "; it is looked through every few seconds instead"
                              : "; what is dropped into it is not noticed meanwhile");
    else if (before.inode != 0 && !there)
        seen.problem = lost("is gone");
    seen.lookThrough = there;
    seen.back = there && !before.isAt(itself());
}

bool FolderWatch::watchAbove()
{
    if (_above >= 0) (void)::inotify_rm_watch(_inotify.get(), std::exchange(_above, -1));
    std::filesystem::path path(_path);
    while (path.has_relative_path())
    {
        _component = path.filename().string();
        path = path.parent_path();
        const std::string folder = path.empty() ? "." : path.string();
        _above = ::inotify_add_watch(_inotify.get(), folder.c_str(), kWatchAbove);
        if (_above >= 0) return true;
    }
    return false;
}

}  // namespace clustermanager::runtime
