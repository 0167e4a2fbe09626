#pragma once

#include <optional>
#include <utility>

#include "base/FileDescriptor.h"
#include "base/SysError.h"
#include "base/Types.h"
#include "link/HistoryMessages.h"

namespace clustermanager::link {

/// One end of a stream socket that carries the history's messages. It blocks, so it is for threads and
/// processes that may; a message is bounded, and one that cannot be understood ends the conversation.
///
/// Threading: one thread at a time.
class HistoryLink
{
public:
    HistoryLink() = default;
    explicit HistoryLink(FileDescriptor socket) : _socket(std::move(socket)) {}

    /// Ours, and the other process's.
    static Result<std::pair<HistoryLink, FileDescriptor>> make();

    /// Longest wait for the other side in the middle of anything.
    void setPatience(Millis patience);

    // False or nothing: the other side is gone, does not move, or says what cannot be understood.
    bool send(const HistoryRequest& request);
    bool send(const HistoryReply& reply);
    std::optional<HistoryRequest> receiveRequest();
    std::optional<HistoryReply> receiveReply();

private:
    FileDescriptor _socket;
};

}  // namespace clustermanager::link
