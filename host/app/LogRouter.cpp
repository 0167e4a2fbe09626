#include "app/LogRouter.h"

#include <Poco/Message.h>

#include <utility>

namespace clustermanager::app {

Poco::Channel::Ptr LogRoutes::of(const std::string& logger) const
{
    std::string name = logger;
    while (!loggers.empty())
    {
        if (const auto found = loggers.find(name); found != loggers.end()) return found->second;
        if (name.empty()) break;
        const std::size_t dot = name.rfind('.');
        name.resize(dot == std::string::npos ? 0 : dot);
    }
    return standard;
}

void LogRouter::log(const Poco::Message& message)
{
    const std::shared_ptr<const LogRoutes> routes = std::atomic_load(&_routes);
    routes->of(message.getSource())->log(message);
}

void LogRouter::replace(std::shared_ptr<const LogRoutes> routes)
{
    std::atomic_store(&_routes, std::move(routes));
}

}  // namespace clustermanager::app
