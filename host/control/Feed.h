#pragma once

#include <cstddef>
#include <string>

namespace clustermanager::control {

/// What one reader of a stream is sent, from the head of the answer on. It keeps where the reader is, and as
/// little else as it can.
///
/// Threading: made by whoever answered the request; from then on only the thread of its StreamLoop uses it.
class Feed
{
public:
    /// About as much as next() gives at once.
    static constexpr std::size_t kPiece = 16'384;

    Feed() = default;
    Feed(const Feed&) = delete;
    Feed& operator=(const Feed&) = delete;
    virtual ~Feed() = default;

    /// Appends what comes next, which begins with all that it gave before and was not taken. Nothing: there
    /// is nothing now.
    virtual void next(std::string& text) = 0;
    /// The reader has got so many bytes of what next() gave.
    virtual void taken(std::size_t count) = 0;

    /// Nothing will come any more once next() gives nothing.
    virtual bool over() const = 0;
    /// What the reader has not taken is gone.
    virtual bool lost() const { return false; }
    /// Whether it goes on for as long as its reader stays. One that says that it sends no more is gone then.
    virtual bool follows() const { return true; }

    /// Nothing was to be sent for a while: something that means nothing is.
    virtual void beat() = 0;
    /// What there is, and these words, are the last.
    virtual void end(const std::string& words) = 0;
};

}  // namespace clustermanager::control
