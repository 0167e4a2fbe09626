#include "app/HostLogging.h"

#include <poll.h>
#include <unistd.h>

#include <Poco/AutoPtr.h>
#include <Poco/FormattingChannel.h>
#include <Poco/Logger.h>

#include <algorithm>
#include <climits>

#include "child/LogText.h"

namespace clustermanager::app {
namespace {

/// What a pipe takes whole without blocking where poll() says it is writable.
constexpr std::size_t kLineMax = PIPE_BUF - 1;

Poco::Logger& logger()
{
    return Poco::Logger::get("clustermanager");
}

}  // namespace

void StderrChannel::log(const Poco::Message& message)
{
    try
    {
        std::string line = child::plainLogText(message.getText()).substr(0, kLineMax);
        line += '\n';
        const std::lock_guard<std::mutex> lock(_mutex);
        pollfd console = {STDERR_FILENO, POLLOUT, 0};
        if (::poll(&console, 1, 0) != 1 || (console.revents & POLLOUT) == 0)
        {
            ++_dropped;
            return;
        }
        // Where the record leaves no room for the count, the next one tells it.
        const std::string lost = std::to_string(_dropped) + " records dropped: nobody read them\n";
        const bool tell = _dropped > 0 && lost.size() + line.size() <= PIPE_BUF;
        if (tell) line.insert(0, lost);
        if (::write(STDERR_FILENO, line.data(), line.size()) < 0)
            ++_dropped;
        else if (tell)
            _dropped = 0;
    }
    catch (...)
    {
        // Out of memory: no record is worth the caller's life.
    }
}

void LoggingErrorHandler::exception(const Poco::Exception& problem)
{
    logger().error("a thread of the host: " + problem.displayText());
}

void LoggingErrorHandler::exception(const std::exception& problem)
{
    logger().error(std::string("a thread of the host: ") + problem.what());
}

void LoggingErrorHandler::exception()
{
    logger().error("a thread of the host: unknown exception");
}

void logToStderr(core::LogLevel level)
{
    Poco::AutoPtr<StderrChannel> console(new StderrChannel);
    Poco::AutoPtr<child::LineFormatter> formatter(new child::LineFormatter);
    Poco::AutoPtr<Poco::FormattingChannel> channel(new Poco::FormattingChannel(formatter, console));
    Poco::Logger::setChannel("", channel);
    applyLogLevel("", level);
}

void applyLogLevel(const std::string& logger, core::LogLevel level)
{
    if (!logger.empty())
        (void)Poco::Logger::get(logger);  // exists from now on, so that the level has somewhere to stay
    Poco::Logger::setLevel(logger, core::row(level).pocoPriority);
}

}  // namespace clustermanager::app
