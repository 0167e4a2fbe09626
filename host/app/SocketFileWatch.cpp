#include "app/SocketFileWatch.h"

#include <Poco/Exception.h>
#include <Poco/Logger.h>

#include <utility>

namespace clustermanager::app {
namespace {

Poco::Logger& logger()
{
    return Poco::Logger::get("clustermanager");
}

}  // namespace

SocketFileWatch::SocketFileWatch(runtime::EventLoop& loop, control::ControlServer& control,
                                 const std::string& path)
    : _control(control),
      _watch(
          loop, [this] { return restore(); },
          [](const std::string& problem) { logger().warning("the control socket's file: " + problem); })
{
    _watch.watch({runtime::RemovalWatch::folderOf(path)});
}

/// Whether the file is there.
bool SocketFileWatch::restore()
{
    if (_control.socketFileIntact()) return true;
    try
    {
        _control.restoreSocketFile();
        _failed = false;
        logger().warning("the control socket's file was removed; it is there again");
        return true;
    }
    catch (const Poco::Exception& problem)
    {
        if (!std::exchange(_failed, true))
            logger().error("the control socket's file was removed, and cannot be made again yet: " +
                           problem.message());
        return false;
    }
}

}  // namespace clustermanager::app
