#include "unit/control/FakeHost.h"

namespace clustermanager::control::test {

FakeHost::FakeHost()
    : _snapshot(std::make_shared<core::Snapshot>(snapshotWith(2))), _answer([] {
          return core::CommandReply{core::CommandReply::Outcome::Done, {ChildId{1}, ChildId{2}}, 2};
      })
{}

std::shared_ptr<const core::Snapshot> FakeHost::latest() const
{
    const std::lock_guard<std::mutex> lock(_mutex);
    if (_failure) _failure();
    return _snapshot;
}

std::shared_ptr<const core::Snapshot> FakeHost::newerThan(const std::shared_ptr<const core::Snapshot>& known,
                                                          std::chrono::milliseconds patience) const
{
    std::unique_lock<std::mutex> lock(_mutex);
    ++_waiting;
    _shown.notify_all();
    _shown.wait_for(lock, patience, [&] { return _snapshot != known; });
    --_waiting;
    return _snapshot;
}

std::chrono::milliseconds FakeHost::lastPatience() const
{
    const std::lock_guard<std::mutex> lock(_mutex);
    return _patience;
}

bool FakeHost::waitForWaiting(std::size_t count) const
{
    std::unique_lock<std::mutex> lock(_mutex);
    return _shown.wait_for(lock, std::chrono::seconds(20), [&] { return _waiting == count; });
}

core::CommandReply FakeHost::execute(core::Command command, std::chrono::milliseconds patience)
{
    std::function<core::CommandReply()> answer;
    {
        const std::lock_guard<std::mutex> lock(_mutex);
        _commands.push_back(std::move(command));
        _patience = patience;
        answer = _answer;
    }
    return answer();
}

void FakeHost::show(core::Snapshot snapshot)
{
    const std::lock_guard<std::mutex> lock(_mutex);
    _snapshot = std::make_shared<core::Snapshot>(std::move(snapshot));
    _shown.notify_all();
}

void FakeHost::answerWith(std::function<core::CommandReply()> answer)
{
    const std::lock_guard<std::mutex> lock(_mutex);
    _answer = std::move(answer);
}

void FakeHost::failWith(std::function<void()> failure)
{
    const std::lock_guard<std::mutex> lock(_mutex);
    _failure = std::move(failure);
}

std::size_t FakeHost::commandCount() const
{
    const std::lock_guard<std::mutex> lock(_mutex);
    return _commands.size();
}

std::vector<core::Command> FakeHost::commands() const
{
    const std::lock_guard<std::mutex> lock(_mutex);
    return _commands;
}

core::Snapshot snapshotWith(std::uint32_t count)
{
    core::Snapshot snapshot;
    snapshot.master.pid = 100;
    snapshot.master.version = "1.2.3";
    snapshot.master.startedAt = WallTime(Millis(1715934600250));
    auto group = std::make_shared<core::GroupSnapshot>();
    group->name = "web";
    group->state = core::GroupState::Running;
    group->plugin.size = 4096;
    group->plugin.sha256 = "ab12";
    group->plugin.path = "plugins/web.so";
    group->plugin.name = "web";
    group->plugin.version = "4.5";
    group->generation = 1;
    group->generationState = core::GenerationState::Open;
    group->count = count;
    group->ready = count;
    group->minReady = 1;
    group->first = ChildId{1};
    group->spawnerPid = 101;
    snapshot.groups.push_back(group);
    for (std::uint32_t i = 0; i < count; ++i)
    {
        auto child = std::make_shared<core::ChildSnapshot>();
        child->id = ChildId{i + 1};
        child->index = i;
        child->group = "web";
        child->generation = 1;
        child->state = core::ChildState::Ready;
        child->wanted = true;
        child->pid = 200 + static_cast<pid_t>(i);
        snapshot.children.push_back(child);
    }
    return snapshot;
}

core::Operation reloadOfWeb(std::uint64_t id, core::OperationState state)
{
    core::Operation operation{OperationId{id}, core::OperationKind::Reload, "web", state};
    operation.generation = GenerationId{2};
    const bool done = state == core::OperationState::Done;
    operation.steps.push_back(
        {ChildId{1}, StartNumber{7}, done ? core::StepState::Ready : core::StepState::Running});
    return operation;
}

core::Snapshot snapshotWith(std::vector<core::Operation> operations)
{
    core::Snapshot snapshot = snapshotWith(2U);
    for (core::Operation& operation : operations)
        snapshot.operations.push_back(std::make_shared<const core::Operation>(std::move(operation)));
    return snapshot;
}

}  // namespace clustermanager::control::test
