#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "base/Types.h"

namespace clustermanager {

/// Gets the thread that makes it through a lack of memory, for as long as it lives: where `new` finds none
/// there, it takes what was laid aside, piece by piece, and then waits until there is some. It throws
/// std::bad_alloc only when it has waited for so long at a stretch. For a thread that cannot go back in the
/// midst of what it does. In threads without one, `new` does what it did before.
///
/// One for a thread, destroyed by it. With nothing laid aside it is for a thread that an exception would
/// leave, which would end the host: its patience is short, as it may hold a lock that another needs.
class PatientMemory
{
public:
    enum class Reserve : std::uint8_t
    {
        None,
        Some
    };
    static constexpr std::size_t kPieces = 16;  // of some

    explicit PatientMemory(Reserve reserve);
    PatientMemory(Reserve reserve, Millis patience);
    ~PatientMemory();
    PatientMemory(const PatientMemory&) = delete;
    PatientMemory& operator=(const PatientMemory&) = delete;

    /// To be called between one thing and the next: lays aside again what was taken, as far as there is
    /// memory. Returns how long ago the first piece was taken, when it has all of them again.
    std::optional<Millis> refill() noexcept;

private:
    struct Free
    {
        void operator()(void* memory) const noexcept;
    };
    using Piece = std::unique_ptr<void, Free>;

    static void onNoMemory();
    void getThrough();
    bool takePiece();

    Reserve _reserve;
    Millis _patience;
    std::array<Piece, kPieces> _pieces;
    std::optional<TimePoint> _takenSince;
    std::optional<TimePoint> _waitsSince;
    TimePoint _lastWait;
};

}  // namespace clustermanager
