#include "control/GateMailbox.h"

#include <Poco/Exception.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/SysError.h"

namespace clustermanager::control {

GateMailbox::GateMailbox(std::size_t answersMax)
    : _answersMax(answersMax), _wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), _letters(roomForLetters())
{
    if (!_wake) throw Poco::IOException(SysError{"eventfd", "", errno}.text());
}

void GateMailbox::post(Answer answer) noexcept
{
    const std::lock_guard<std::mutex> lock(_mutex);
    _letters.answers.push_back(std::move(answer));
    wake();
}

void GateMailbox::replaceListener(FileDescriptor listener)
{
    const std::lock_guard<std::mutex> lock(_mutex);
    _letters.listener = std::move(listener);
    wake();
}

void GateMailbox::finish(Millis patience)
{
    std::unique_lock<std::mutex> lock(_mutex);
    _letters.stage = Stage::Finishing;
    wake();
    (void)_changed.wait_for(lock, patience, [this] { return _finished; });
}

void GateMailbox::finished()
{
    const std::lock_guard<std::mutex> lock(_mutex);
    _finished = true;
    _changed.notify_all();
}

void GateMailbox::drain(std::size_t markers)
{
    const std::lock_guard<std::mutex> lock(_mutex);
    _letters.stage = Stage::Draining;
    _letters.markers = markers;
    wake();
}

void GateMailbox::close()
{
    const std::lock_guard<std::mutex> lock(_mutex);
    _letters.stage = Stage::Closed;
    wake();
}

void GateMailbox::collect(Letters& letters)
{
    letters.answers.clear();
    const std::lock_guard<std::mutex> lock(_mutex);
    std::uint64_t count = 0;
    (void)!::read(_wake.get(), &count, sizeof count);
    letters.answers.swap(_letters.answers);
    letters.listener = std::exchange(_letters.listener, std::nullopt);
    letters.markers = std::exchange(_letters.markers, 0);
    letters.stage = _letters.stage;
}

GateMailbox::Letters GateMailbox::roomForLetters() const
{
    Letters letters;
    letters.answers.reserve(_answersMax);
    return letters;
}

void GateMailbox::wake()
{
    const std::uint64_t one = 1;
    (void)!::write(_wake.get(), &one, sizeof one);
}

}  // namespace clustermanager::control
