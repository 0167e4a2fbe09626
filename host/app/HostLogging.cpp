#include "app/HostLogging.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <Poco/AutoPtr.h>
#include <Poco/FormattingChannel.h>
#include <Poco/Logger.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <utility>

#include "child/ChildFileChannel.h"
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

/// With the first record, as a daemon's standard error becomes another one after its start.
void StderrChannel::open()
{
    if (std::exchange(_opened, true)) return;
    struct stat facts = {};
    if (::fstat(STDERR_FILENO, &facts) != 0) return;
    _socket = S_ISSOCK(facts.st_mode);
    // A description of our own: whether writing waits is a property of the description, and the other one is
    // shared with the children and with whoever started us. A regular file never waits, and keeps the one
    // offset that all share.
    if (S_ISFIFO(facts.st_mode) || S_ISCHR(facts.st_mode))
        _own.reset(::open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
}

/// How much of it was taken. Where there is no description of our own, a look ahead must do.
std::size_t StderrChannel::write(const std::string& text)
{
    ssize_t written = 0;
    if (_socket)
        written = ::send(STDERR_FILENO, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    else if (_own)
        written = ::write(_own.get(), text.data(), text.size());
    else
    {
        pollfd console = {STDERR_FILENO, POLLOUT, 0};
        if (::poll(&console, 1, 0) != 1 || (console.revents & POLLOUT) == 0) return 0;
        written = ::write(STDERR_FILENO, text.data(), text.size());
    }
    if (written < 0 &&
        errno == EPIPE)  // nobody reads that one any more; the next record looks what is there now
    {
        _own.reset();
        _opened = false;
    }
    return static_cast<std::size_t>(std::max<ssize_t>(written, 0));
}

void StderrChannel::log(const Poco::Message& message)
{
    try
    {
        std::string line = child::plainLogText(message.getText()).substr(0, kLineMax);
        line += '\n';
        const std::lock_guard<std::mutex> lock(_mutex);
        open();
        if (_torn) line.insert(0, 1, '\n');
        // Where the record leaves no room for the count, the next one tells it.
        const std::string lost = std::to_string(_dropped) + " records dropped: nobody read them\n";
        const bool tell = _dropped > 0 && lost.size() + line.size() <= PIPE_BUF;
        if (tell) line.insert(_torn ? 1 : 0, lost);
        const std::size_t written = write(line);
        if (written != 0) _torn = written != line.size();
        if (written != line.size())
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

namespace {

void logTo(const Poco::Channel::Ptr& target)
{
    Poco::AutoPtr<child::LineFormatter> formatter(new child::LineFormatter);
    Poco::AutoPtr<Poco::FormattingChannel> channel(new Poco::FormattingChannel(formatter, target));
    Poco::Logger::setChannel("", channel);
}

}  // namespace

void logToStderr(core::LogLevel level)
{
    Poco::AutoPtr<StderrChannel> console(new StderrChannel);
    logTo(Poco::Channel::Ptr(console));
    applyLogLevel("", level);
}

void logToFile(const config::DefaultLog& log)
{
    Poco::AutoPtr<child::ChildFileChannel> file(
        new child::ChildFileChannel({log.rotateBytes, log.rotateCount}));
    file->setPath(log.folder + "/clustermanager.log");
    logTo(Poco::Channel::Ptr(file));
}

void applyLogLevel(const std::string& logger, core::LogLevel level)
{
    if (!logger.empty())
        (void)Poco::Logger::get(logger);  // exists from now on, so that the level has somewhere to stay
    Poco::Logger::setLevel(logger, core::row(level).pocoPriority);
}

}  // namespace clustermanager::app
