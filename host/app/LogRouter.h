#pragma once

#include <Poco/Channel.h>

#include <map>
#include <memory>
#include <string>

namespace clustermanager::app {

/// Where the records of each logger go. Does not change once it is made.
struct LogRoutes
{
    Poco::Channel::Ptr standard;                        // where none of these is above the logger
    std::map<std::string, Poco::Channel::Ptr> loggers;  // by name; "": the root

    /// The nearest above the logger of this name, as Poco's loggers inherit their channel.
    Poco::Channel::Ptr of(const std::string& logger) const;
};

/// The one channel that all loggers of the host have. A logger's channel may not be replaced while others
/// log: Poco's setChannel() takes it from under them. So the loggers keep this one, and it replaces its
/// routes as a whole: each record goes by the old ones or by the new ones. Any thread; nobody waits.
class LogRouter : public Poco::Channel
{
public:
    explicit LogRouter(std::shared_ptr<const LogRoutes> routes) : _routes(std::move(routes)) {}

    void log(const Poco::Message& message) override;

    /// The old ones live until the last record that goes by them is written.
    void replace(std::shared_ptr<const LogRoutes> routes);

protected:
    ~LogRouter() override = default;

private:
    std::shared_ptr<const LogRoutes> _routes;  // by std::atomic_load and atomic_store alone
};

}  // namespace clustermanager::app
