#include "app/LoggingErrorHandler.h"

#include <Poco/Exception.h>
#include <Poco/Logger.h>

#include <string>

#include "base/EnoughMemory.h"

namespace clustermanager::app {
namespace {

/// One that is thrown here would end the host: what there is no memory to say is not said.
void report(const char* problem)
{
    (void)enoughMemoryFor(
        [&] { Poco::Logger::get("clustermanager").error(std::string("a thread of the host: ") + problem); });
}

}  // namespace

void LoggingErrorHandler::exception(const Poco::Exception& problem)
{
    (void)enoughMemoryFor([&] { report(problem.displayText().c_str()); });
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
