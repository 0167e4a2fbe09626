#include "base/PatientMemory.h"

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <new>
#include <thread>
#include <utility>

#include "base/StandardError.h"

namespace clustermanager {

namespace {

/// The C library gives back what is free at the end of its heap where that is more than 128 KiB, and a limit
/// may forbid to have it again. So pieces are small, and taken only as they are needed.
constexpr std::size_t kPieceBytes = 16'384;
constexpr Millis kPatience{60'000};
constexpr Millis kShortPatience{5'000};
constexpr Millis kPause{10};
constexpr Millis kOtherLack{100};  // so long after the last one: there was memory in between

constexpr const char* kWaits = "clustermanager: there is no memory; the host waits until there is some\n";

thread_local PatientMemory* ofThisThread = nullptr;
std::new_handler handlerBefore = nullptr;

}  // namespace

void PatientMemory::Free::operator()(void* memory) const noexcept
{
    std::free(memory);  // NOLINT(cppcoreguidelines-no-malloc): `new` would come back here
}

PatientMemory::PatientMemory(Reserve reserve)
    : PatientMemory(reserve, reserve == Reserve::Some ? kPatience : kShortPatience)
{}

/// The handler stays: others may have put theirs on top of it.
PatientMemory::PatientMemory(Reserve reserve, Millis patience) : _reserve(reserve), _patience(patience)
{
    static std::once_flag installed;
    std::call_once(installed, [] {
        handlerBefore = std::get_new_handler();  // before anybody can need it
        (void)std::set_new_handler(&PatientMemory::onNoMemory);
    });
    (void)refill();
    ofThisThread = this;
}

PatientMemory::~PatientMemory()
{
    ofThisThread = nullptr;
}

std::optional<Millis> PatientMemory::refill() noexcept
{
    // The first piece to be taken is the last to come back.
    if (_reserve == Reserve::None || _pieces.front()) return std::nullopt;
    for (auto piece = _pieces.rbegin(); piece != _pieces.rend(); ++piece)
    {
        if (*piece) continue;
        piece->reset(std::malloc(kPieceBytes));  // NOLINT(cppcoreguidelines-no-malloc): as above
        if (!*piece) return std::nullopt;
        _waitsSince.reset();
    }
    const auto since = std::exchange(_takenSince, std::nullopt);
    if (!since) return std::nullopt;
    return std::chrono::duration_cast<Millis>(Clock::now() - *since);
}

void PatientMemory::onNoMemory()
{
    if (ofThisThread != nullptr) return ofThisThread->getThrough();
    if (handlerBefore == nullptr) throw std::bad_alloc();
    handlerBefore();
}

/// Returns where it is worth another try.
void PatientMemory::getThrough()
{
    if (takePiece()) return;
    const TimePoint now = Clock::now();
    if (now - std::exchange(_lastWait, now) > kOtherLack) _waitsSince.reset();
    if (!_waitsSince)
    {
        _waitsSince = now;
        if (_reserve == Reserve::Some) writeStandardError(kWaits);
    }
    if (now - *_waitsSince >= _patience)
    {
        _waitsSince.reset();  // what cleans up is patient too
        throw std::bad_alloc();
    }
    std::this_thread::sleep_for(kPause);
}

bool PatientMemory::takePiece()
{
    const auto piece = std::find_if(_pieces.begin(), _pieces.end(), [](const Piece& one) { return !!one; });
    if (piece == _pieces.end()) return false;
    piece->reset();
    if (!_takenSince) _takenSince = Clock::now();
    return true;
}

}  // namespace clustermanager
