#include "control/StreamInbox.h"

#include <Poco/Exception.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/SysError.h"

namespace clustermanager::control {

StreamInbox::StreamInbox() : _wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))
{
    if (!_wake) throw Poco::IOException(SysError{"eventfd", "", errno}.text());
}

void StreamInbox::add(Letter letter)
{
    const std::lock_guard<std::mutex> lock(_mutex);
    if (_letters.lastWords) return;
    _letters.added.push_back(std::move(letter));
    wake();
}

void StreamInbox::stop(const std::string& lastWords)
{
    const std::lock_guard<std::mutex> lock(_mutex);
    if (_letters.lastWords) return;
    _letters.lastWords = std::make_shared<const std::string>(lastWords);
    wake();
}

bool StreamInbox::waitForEnd(Millis patience)
{
    std::unique_lock<std::mutex> lock(_mutex);
    return _changed.wait_for(lock, patience, [this] { return _ended; });
}

StreamInbox::Letters StreamInbox::collect()
{
    const std::lock_guard<std::mutex> lock(_mutex);
    return {std::exchange(_letters.added, {}), _letters.lastWords};
}

void StreamInbox::ended()
{
    const std::lock_guard<std::mutex> lock(_mutex);
    _ended = true;
    _changed.notify_all();
}

void StreamInbox::wake()
{
    const std::uint64_t one = 1;
    (void)!::write(_wake.get(), &one, sizeof one);
}

}  // namespace clustermanager::control
