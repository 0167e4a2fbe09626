#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "core/Ports.h"
#include "runtime/Journal.h"

namespace clustermanager::control::test {

/// Stands for the master: gives a picture that the test made and writes down every command.
class FakeHost : public core::SnapshotSource, public core::CommandInbox
{
public:
    FakeHost();

    std::shared_ptr<const core::Snapshot> latest() const override;
    std::shared_ptr<const core::Snapshot> newerThan(const std::shared_ptr<const core::Snapshot>& known,
                                                    std::chrono::milliseconds patience) const override;
    core::CommandReply execute(core::Command command, std::chrono::milliseconds patience) override;

    void show(core::Snapshot snapshot);
    /// What the next commands are answered with; called on the control port's threads.
    void answerWith(std::function<core::CommandReply()> answer);
    /// The next pictures and commands throw this.
    void failWith(std::function<void()> failure);

    std::size_t commandCount() const;
    std::vector<core::Command> commands() const;

    std::chrono::milliseconds lastPatience() const;

    /// Whether, within a generous deadline, so many wait for a newer picture at once.
    bool waitForWaiting(std::size_t count) const;

    /// What has happened in it.
    runtime::Journal journal;

private:
    mutable std::mutex _mutex;
    mutable std::condition_variable _shown;
    std::shared_ptr<const core::Snapshot> _snapshot;
    std::function<core::CommandReply()> _answer;
    std::function<void()> _failure;
    std::vector<core::Command> _commands;
    std::chrono::milliseconds _patience{0};
    mutable std::size_t _waiting = 0;
};

/// A host with one group "web" of children 1..count, all ready.
core::Snapshot snapshotWith(std::uint32_t count);

/// The reload of "web" by generation 2, with one step: child 1.
core::Operation reloadOfWeb(std::uint64_t id, core::OperationState state);
core::Snapshot snapshotWith(std::vector<core::Operation> operations);

}  // namespace clustermanager::control::test
