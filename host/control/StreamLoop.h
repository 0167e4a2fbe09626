#pragma once

#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "base/ByteStream.h"
#include "base/Types.h"
#include "control/Feed.h"

namespace clustermanager::control {

/// What the feeds of a loop have in common. Used by the loop's thread only.
class FeedSource
{
public:
    FeedSource() = default;
    FeedSource(const FeedSource&) = delete;
    FeedSource& operator=(const FeedSource&) = delete;
    virtual ~FeedSource() = default;

    /// There are readers: from here on the eventfd is to be written to when there is news.
    virtual void begin(int eventFd) = 0;
    /// There are none any more.
    virtual void end() = 0;
    /// Takes up the news.
    virtual void refresh() = 0;
};

/// Sends feeds to their readers, all of them on one thread that never waits for any. Nothing is kept for a
/// reader but its feed and the kernel's buffer, which is small; one that is too slow is cut off.
///
/// Threading: one thread makes, stops and destroys it; any thread adds readers.
class StreamLoop
{
public:
    struct Settings
    {
        Millis heartbeat{15'000};  // of silence, before something is sent that shows a dead reader
        Millis patience{30'000};   // for a reader to take a byte
        Millis linger{1'000};      // for a reader to close when it has got everything
        Millis farewell{100};      // for readers to take their last words
        int sendBuffer = 32'768;   // of the kernel, for each reader
        Millis pace{25};           // between two looks at the news: what comes meanwhile is sent in one
        Millis settle{5};          // from the first news to a look at it: what caused it is still going on
        std::optional<Millis> look{};  // also without news
        /// How long to wait for the thread's end where its feeds may hang on a disk; then it is left behind,
        /// and ends when the disk answers. Nothing: they cannot hang.
        std::optional<Millis> mayHang{};
    };

    /// Runs from here on. Throws Poco::IOException where the kernel has no descriptor left.
    StreamLoop(const Settings& settings, std::unique_ptr<FeedSource> source);
    ~StreamLoop();
    StreamLoop(const StreamLoop&) = delete;
    StreamLoop& operator=(const StreamLoop&) = delete;

    /// Owns the connection from here on; closes it at once where the loop is stopped.
    void add(std::unique_ptr<ByteStream> bytes, std::shared_ptr<Feed> feed);

    /// Ends all streams with these words, and the thread. Idempotent.
    void stop(const std::string& words);

private:
    class Running;
    std::shared_ptr<Running> _running;
    std::thread _thread;
    std::optional<Millis> _mayHang;
};

}  // namespace clustermanager::control
