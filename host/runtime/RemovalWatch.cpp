#include "runtime/RemovalWatch.h"

#include <sys/inotify.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <utility>

#include "base/SysError.h"

namespace clustermanager::runtime {
namespace {

constexpr unsigned kRemovals = IN_DELETE | IN_MOVED_FROM | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
constexpr int kLooksMax = 3;  // in a row, at folders that come and go

}  // namespace

RemovalWatch::RemovalWatch(EventLoop& loop, std::function<bool()> look,
                           std::function<void(const std::string&)> tell)
    : _loop(loop), _look(std::move(look)), _tell(std::move(tell)),
      _notify(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK))
{
    if (!_notify) refused(errno);
    _timer = FileDescriptor(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
    if (_notify) _loop.watch(_notify.get(), EPOLLIN, [this](std::uint32_t) { onEvents(); });
    if (_timer) _loop.watch(_timer.get(), EPOLLIN, [this](std::uint32_t) { onTime(); });
}

RemovalWatch::~RemovalWatch()
{
    if (_notify) _loop.forget(_notify.get());
    if (_timer) _loop.forget(_timer.get());
}

std::string RemovalWatch::folderOf(const std::string& path)
{
    const std::string folder = std::filesystem::path(path).parent_path().string();
    return folder.empty() ? "." : folder;
}

void RemovalWatch::watch(const std::set<std::string>& folders)
{
    for (auto known = _watches.begin(); known != _watches.end();)
    {
        if (folders.count(known->first) != 0)
        {
            ++known;
            continue;
        }
        (void)::inotify_rm_watch(_notify.get(), known->second);
        known = _watches.erase(known);
    }
    for (const std::string& folder : folders) _watches.emplace(folder, -1);
    look();
}

void RemovalWatch::onEvents()
{
    alignas(inotify_event) std::array<char, 4096> events;
    while (::read(_notify.get(), events.data(), events.size()) > 0)
    {
        // What happened to which file does not matter: we look for ourselves.
    }
    look();
}

void RemovalWatch::onTime()
{
    std::uint64_t times = 0;
    (void)::read(_timer.get(), &times, sizeof times);
    look();
}

void RemovalWatch::look()
{
    bool content = false;
    bool watched = addWatches();
    for (int looks = 0; looks < kLooksMax; ++looks)
    {
        content = _look();
        // A folder that is another one by now may have lost the file before it was watched.
        const std::map<std::string, int> before = _watches;
        watched = addWatches();
        if (_watches == before) break;
    }
    const long seconds =
        content && watched ? 0 : std::chrono::duration_cast<std::chrono::seconds>(kPace).count();
    const itimerspec next = {{0, 0}, {seconds, 0}};
    (void)::timerfd_settime(_timer.get(), 0, &next, nullptr);
}

/// Whether each folder is watched.
bool RemovalWatch::addWatches()
{
    bool all = true;
    for (auto& [folder, watch] : _watches)
    {
        // For a folder that is watched already it is the same number again.
        watch = _notify ? ::inotify_add_watch(_notify.get(), folder.c_str(), kRemovals) : -1;
        all = all && watch >= 0;
        if (_notify && watch < 0 && errno != ENOENT && errno != ENOTDIR) refused(errno);
    }
    return all;
}

void RemovalWatch::refused(int error)
{
    if (std::exchange(_told, true)) return;
    _tell("the kernel gives no watch (inotify: " + errnoText(error) +
          "), so it is looked every few seconds whether they are still there");
}

}  // namespace clustermanager::runtime
