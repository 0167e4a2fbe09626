#include "app/LoggingErrorHandler.h"

#include <Poco/Exception.h>
#include <Poco/Logger.h>

#include <string>

namespace clustermanager::app {
namespace {

void report(const std::string& problem)
{
    Poco::Logger::get("clustermanager").error("a thread of the host: " + problem);
}

}  // namespace

void LoggingErrorHandler::exception(const Poco::Exception& problem)
{
    report(problem.displayText());
}

void LoggingErrorHandler::exception(const std::exception& problem)
{
    report(problem.what());
}

void LoggingErrorHandler::exception()
{
    report("unknown exception");
}

}  // namespace clustermanager::app
