#pragma once

#include <atomic>
#include <future>
#include <optional>

#include "core/Ports.h"
#include "runtime/WakingQueue.h"

namespace clustermanager::runtime {

/// The inbox of the control port's threads. The loop takes what is in it and answers each promise.
class CommandQueue : public core::CommandInbox
{
public:
    static constexpr std::size_t kCommandsMax = 64;

    struct Entry
    {
        core::Command command;
        std::promise<core::CommandReply> reply;
    };

    core::CommandReply execute(core::Command command, std::chrono::milliseconds patience) override;

    int wakeFd() const { return _entries.wakeFd(); }
    std::size_t size() const { return _entries.size(); }
    std::optional<Entry> take() { return _entries.take(); }

    /// From now on every command is answered with `why` at once, those that wait included. The loop's thread.
    void close(core::CommandReply::Outcome why);
    void open() { _closed = std::nullopt; }

private:
    WakingQueue<Entry> _entries{kCommandsMax};
    std::atomic<std::optional<core::CommandReply::Outcome>> _closed{};
};

}  // namespace clustermanager::runtime
