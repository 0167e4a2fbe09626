#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/FileDescriptor.h"
#include "base/Types.h"
#include "control/Reply.h"

namespace clustermanager::control {

/// Names one connection of a gate for good; a number is never used twice.
enum class ConnectionNumber : std::uint64_t
{
};

/// The only way from other threads into a gate: what they leave here wakes it.
///
/// Thread-safe. Its owners share it, so a late answer finds it even where the gate is gone.
class GateMailbox
{
public:
    enum class Stage
    {
        Open,       // takes connections
        Finishing,  // takes none, and goes on with those it has
        Draining,   // takes none, still sends answers
        Closed      // the gate's thread is to end
    };

    struct Answer
    {
        ConnectionNumber connection;
        std::string bytes;
        Continuation goesOn = {};                      // set: it has the answer, and takes the connection
        std::shared_ptr<const std::string> tail = {};  // comes after the bytes; may be none
    };

    struct Letters
    {
        std::vector<Answer> answers;
        std::optional<FileDescriptor> listener;  // takes the place of the present one; -1: none does
        Stage stage = Stage::Open;
        std::size_t markers = 0;
    };

    /// There are never more than so many answers in it: posting one needs no memory. Throws Poco::IOException
    /// where the kernel has no descriptor left.
    explicit GateMailbox(std::size_t answersMax);

    void post(Answer answer) noexcept;
    /// Without a listener no connection is taken, until there is one again.
    void replaceListener(FileDescriptor listener);
    /// No connection is taken any more; those that are there are answered as ever. Waits until all are, at
    /// most this long.
    void finish(Millis patience);
    /// Of the gate: all are.
    void finished();

    /// No connection is taken any more, and behind the last request come that many markers.
    void drain(std::size_t markers);
    void close();

    /// Readable while there is something to collect.
    int descriptor() const { return _wake.get(); }
    /// In place of `letters`, whose room is used for the next ones.
    void collect(Letters& letters);
    /// With room for the most answers there may be.
    Letters roomForLetters() const;

private:
    void wake();

    const std::size_t _answersMax;
    FileDescriptor _wake;
    std::mutex _mutex;
    std::condition_variable _changed;
    bool _finished = false;
    Letters _letters;
};

}  // namespace clustermanager::control
