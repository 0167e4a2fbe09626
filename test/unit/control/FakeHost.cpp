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

core::CommandReply FakeHost::execute(core::Command command, std::chrono::milliseconds)
{
    std::function<core::CommandReply()> answer;
    {
        const std::lock_guard<std::mutex> lock(_mutex);
        _commands.push_back(std::move(command));
        answer = _answer;
    }
    return answer();
}

void FakeHost::show(core::Snapshot snapshot)
{
    const std::lock_guard<std::mutex> lock(_mutex);
    _snapshot = std::make_shared<core::Snapshot>(std::move(snapshot));
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
    group->pluginPath = "plugins/web.so";
    group->pluginName = "web";
    group->pluginVersion = "4.5";
    group->generation = 1;
    group->generationState = core::GenerationState::Open;
    group->count = count;
    group->ready = count;
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

}  // namespace clustermanager::control::test
