#pragma once

#include <Poco/ErrorHandler.h>

namespace clustermanager::app {

/// Exceptions that Poco's threads would swallow go to the log.
class LoggingErrorHandler : public Poco::ErrorHandler
{
public:
    void exception(const Poco::Exception& problem) override;
    void exception(const std::exception& problem) override;
    void exception() override;
};

}  // namespace clustermanager::app
