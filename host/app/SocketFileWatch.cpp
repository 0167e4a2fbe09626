#include "app/SocketFileWatch.h"

#include <sys/epoll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <Poco/Exception.h>
#include <Poco/Logger.h>

#include <array>
#include <filesystem>

namespace clustermanager::app {

SocketFileWatch::SocketFileWatch(runtime::EventLoop& loop, control::ControlServer& control,
                                 const std::string& path)
    : _loop(loop), _control(control), _folder(std::filesystem::path(path).parent_path().string()),
      _notify(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK))
{
    if (!_notify) return;  // no watch left on this machine: the file is as it would be without us
    watchFolder();
    _loop.watch(_notify.get(), EPOLLIN, [this](std::uint32_t) { onChange(); });
}

SocketFileWatch::~SocketFileWatch()
{
    if (_notify) _loop.forget(_notify.get());
}

void SocketFileWatch::watchFolder()
{
    (void)::inotify_add_watch(_notify.get(), _folder.c_str(),
                              IN_DELETE | IN_MOVED_FROM | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR);
}

void SocketFileWatch::onChange()
{
    alignas(inotify_event) std::array<char, 4096> events;
    while (::read(_notify.get(), events.data(), events.size()) > 0)
    {
        // What happened to which file does not matter: we look for ourselves.
    }
    if (_control.socketFileIntact()) return;
    Poco::Logger& log = Poco::Logger::get("clustermanager");
    try
    {
        _control.restoreSocketFile();
        watchFolder();
        log.warning("the control socket's file was removed; it is there again");
    }
    catch (const Poco::Exception& problem)
    {
        log.error("the control socket's file was removed, and cannot be made again: " + problem.message());
    }
}

}  // namespace clustermanager::app
