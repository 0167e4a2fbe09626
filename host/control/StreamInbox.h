#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/ByteStream.h"
#include "base/FileDescriptor.h"
#include "base/Types.h"
#include "control/Feed.h"

namespace clustermanager::control {

/// The only way from other threads into a StreamLoop: what they leave here wakes it.
///
/// Thread-safe.
class StreamInbox
{
public:
    /// A connection, and what it is to be sent.
    struct Letter
    {
        std::unique_ptr<ByteStream> bytes;
        std::shared_ptr<Feed> feed;
    };
    struct Letters
    {
        std::vector<Letter> added;
        std::shared_ptr<const std::string> lastWords;  // set: the loop is to end
    };

    /// Throws Poco::IOException where the kernel has no descriptor left.
    StreamInbox();

    /// Closes the connection where the loop is to end.
    void add(Letter letter);
    void stop(const std::string& lastWords);
    /// Whether the loop has ended, within this time.
    bool waitForEnd(Millis patience);

    /// An eventfd, readable while there is something to collect.
    int descriptor() const { return _wake.get(); }
    /// The last words come each time once they are there. Needs no memory.
    Letters collect();
    /// Makes the descriptor readable.
    void wake();
    /// Of the loop: it has ended.
    void ended();

private:
    FileDescriptor _wake;
    std::mutex _mutex;
    std::condition_variable _changed;
    Letters _letters;
    bool _ended = false;
};

}  // namespace clustermanager::control
