#include "app/StderrChannel.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <Poco/Message.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <utility>

#include "child/JournalChannel.h"
#include "child/LogText.h"

namespace clustermanager::app {
namespace {

/// The way that systemd tells: JOURNAL_STREAM is "DEVICE:INODE" of the stream to the journal.
bool leadsToJournal(const struct stat& facts)
{
    const char* stream = std::getenv("JOURNAL_STREAM");  // NOLINT(concurrency-mt-unsafe): read only
    return stream != nullptr && std::to_string(facts.st_dev) + ":" + std::to_string(facts.st_ino) == stream;
}

}  // namespace

/// With the first record, as a daemon's standard error becomes another one after its start.
void StderrChannel::open()
{
    if (std::exchange(_opened, true)) return;
    struct stat facts = {};
    if (::fstat(STDERR_FILENO, &facts) != 0) return;
    _socket = S_ISSOCK(facts.st_mode);
    _journal = leadsToJournal(facts);
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

std::string StderrChannel::line(const Poco::Message& message, const std::string& text) const
{
    const std::string priority =
        _journal ? "<" + std::to_string(child::journalPriority(message.getPriority())) + ">" : "";
    return priority + child::plainLogText(text, kLineMax) + "\n";
}

std::string StderrChannel::losses() const
{
    const Poco::Message notice("log", std::to_string(_dropped) + " records dropped: nobody read them",
                               Poco::Message::PRIO_WARNING);
    std::string text;
    if (_formatter)
        Poco::Formatter::Ptr(_formatter)->format(notice, text);
    else
        text = notice.getText();
    return line(notice, text);
}

void StderrChannel::setFormatter(Poco::Formatter::Ptr formatter)
{
    const std::lock_guard<std::mutex> lock(_mutex);
    _formatter = std::move(formatter);
}

void StderrChannel::log(const Poco::Message& message)
{
    try
    {
        const std::lock_guard<std::mutex> lock(_mutex);
        open();
        std::string bytes = line(message, message.getText());
        if (_torn) bytes.insert(0, 1, '\n');
        // Where the record leaves no room for the count, the next one tells it.
        const std::string lost = _dropped > 0 ? losses() : "";
        const bool tell = _dropped > 0 && lost.size() + bytes.size() <= PIPE_BUF;
        if (tell) bytes.insert(_torn ? 1 : 0, lost);
        const std::size_t written = write(bytes);
        if (written != 0) _torn = written != bytes.size();
        if (written != bytes.size())
            ++_dropped;
        else if (tell)
            _dropped = 0;
    }
    catch (...)
    {
        // Out of memory: no record is worth the caller's life.
    }
}

}  // namespace clustermanager::app
