#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "core/Ports.h"

namespace clustermanager::control::test {

/// Stands for the master: gives a picture that the test made and writes down every command.
class FakeHost : public core::SnapshotSource, public core::CommandInbox
{
public:
    FakeHost();

    std::shared_ptr<const core::Snapshot> latest() const override;
    core::CommandReply execute(core::Command command, std::chrono::milliseconds patience) override;

    void show(core::Snapshot snapshot);
    /// What the next commands are answered with; called on the control port's threads.
    void answerWith(std::function<core::CommandReply()> answer);
    /// The next pictures and commands throw this.
    void failWith(std::function<void()> failure);

    std::size_t commandCount() const;
    std::vector<core::Command> commands() const;

private:
    mutable std::mutex _mutex;
    std::shared_ptr<const core::Snapshot> _snapshot;
    std::function<core::CommandReply()> _answer;
    std::function<void()> _failure;
    std::vector<core::Command> _commands;
};

/// A host with one group "web" of children 1..count, all ready.
core::Snapshot snapshotWith(std::uint32_t count);

}  // namespace clustermanager::control::test
