#include "runtime/Master.h"

#include <sys/epoll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <Poco/Logger.h>

#include <algorithm>
#include <csignal>
#include <random>
#include <utility>

#include "base/Descendants.h"
#include "base/Signals.h"
#include "runtime/FromConfig.h"

namespace clustermanager::runtime {
namespace {

/// Later than this is no scheduling delay: we were stopped, or the machine slept.
constexpr Millis kStallLimit{1'000};

/// What spawners and run_master get to end in after the last child, and the last moment for those that do
/// not.
constexpr Millis kLeavePatience{2'000};

Poco::Logger& logger()
{
    return Poco::Logger::get("clustermanager");
}

void announce(const core::Announce& line)
{
    // By severity, least first.
    static constexpr Poco::Message::Priority kPriorities[] = {
        Poco::Message::PRIO_DEBUG, Poco::Message::PRIO_INFORMATION, Poco::Message::PRIO_WARNING,
        Poco::Message::PRIO_ERROR};
    const Poco::Message::Priority priority = kPriorities[static_cast<std::size_t>(line.severity)];
    if (logger().is(priority)) logger().log(Poco::Message("clustermanager", line.text, priority));
}

}  // namespace

Master::Master(Setup setup)
    : _setup(std::move(setup)), _listeners(_setup.config.listeners),
      _supervisor(policies(_setup.config), std::random_device{}()),
      _children(
          _loop, childCount(_setup.config),
          ChildTable::Sinks{
              [this](core::Event event) { _events.push_back(std::move(event)); },
              [this](const ChildProcess& process, link::PluginMessage message) {
                  toMasterFunction(process, std::move(message));
              },
              [this](StartNumber start, std::uint64_t ticket) {
                  _levels.confirmed(start, ticket);
                  _pace.changed(_loop.now());
              },
              [](const ChildProcess& process, const std::string& text) {
                  logger().warning("child " + std::to_string(number(process.order.child)) + ": " + text);
              },
              [this](ChildId child) { _builder.childChanged(child); },
              [this](pid_t pid) {
                  return std::any_of(_generations.begin(), _generations.end(), [pid](const auto& generation) {
                      return generation && generation->spawnerPid() == pid;
                  });
              }}),
      _levels(_setup.config.logLevel, _children, _setup.applyLogLevel),
      _commandRunner(_setup.config, _supervisor, _levels), _generations(_setup.config.groups.size()),
      _masterFunctions(_setup.config.groups.size(), _snapshots,
                       [this](std::size_t group, std::int32_t to, const std::string& data) {
                           toChildren(group, to, data);
                       }),
      _builder(portrait(_setup.config, _setup.version), _listeners.snapshot())
{
    // Orphans of a dead spawner become ours.
    (void)::prctl(PR_SET_CHILD_SUBREAPER, 1);
    publish();
}

Master::~Master() = default;

core::Finish Master::run(const std::function<void()>& started)
{
    watchSources();
    perform(_supervisor.begin(_loop.now()));
    bool told = false;
    while (!_finish)
    {
        turn();
        if (told || _finish) continue;
        told = true;
        for (std::size_t i = 0; i < _supervisor.groupCount(); ++i)
            if (_supervisor.group(i).generationState != core::GenerationState::Open) told = false;
        if (told) started();
    }
    leave();
    return *_finish;
}

// --- the loop ---

void Master::watchSources()
{
    _loop.watch(_setup.signals.get(), EPOLLIN, [this](std::uint32_t) { onSignal(); });
    _loop.watch(_commands.wakeFd(), EPOLLIN, [this](std::uint32_t) { onCommands(); });
    _loop.watch(_masterFunctions.wakeFd(), EPOLLIN, [this](std::uint32_t) {
        _masterFunctions.receive();
        _pace.changed(_loop.now());
    });
    _listeners.watch(_loop, [](const std::string& text) { logger().error(text); });
}

void Master::turn()
{
    const EventLoop::Wake wake = _loop.wait(deadline());
    if (wake.late > kStallLimit) handle(core::MasterStalled{wake.away});
    _loop.dispatch();
    settle();

    const TimePoint now = _loop.now();
    if (const auto due = _supervisor.deadline(); due && *due <= now) handle(core::TimePassed{});
    _levels.passTime(now);
    _children.passTime(now);
    settle();

    if (!wake.idle) _pace.reported(now);
    if (_pace.due(now, wake.idle)) publish();
}

std::optional<TimePoint> Master::deadline() const
{
    // While a deadline of a child runs, the loop looks at the clock now and then: only so can it tell how
    // much of that time it was away itself. With nothing pending it sleeps for good.
    std::optional<TimePoint> first = _supervisor.deadline();
    if (first) first = std::min(*first, _loop.now() + kStallLimit);
    for (const std::optional<TimePoint>& other : {_levels.deadline(), _children.deadline(), _pace.deadline()})
        if (other && (!first || *other < *first)) first = other;
    return first;
}

/// Tells the supervisor what has happened, in order, until nothing more follows from it.
void Master::settle()
{
    while (!_events.empty())
    {
        const core::Event event = std::move(_events.front());
        _events.pop_front();
        handle(event);
    }
}

void Master::handle(const core::Event& event)
{
    _pace.changed(_loop.now());
    perform(_supervisor.handle(event, _loop.now()));
    if (_supervisor.stopping() && !_stoppingSince)
    {
        _stoppingSince = _loop.now();
        _masterFunctions.askToStop();
    }
    if (const auto* failed = std::get_if<core::SpawnFailed>(&event); failed != nullptr)
        _levels.ended(failed->start);
    if (const auto* exited = std::get_if<core::Exited>(&event); exited != nullptr)
    {
        _levels.ended(exited->start);
        explainKill(exited->start, exited->status);
    }
}

void Master::publish()
{
    std::vector<SnapshotBuilder::GroupFacts> facts;
    for (std::size_t i = 0; i < _generations.size(); ++i)
    {
        SnapshotBuilder::GroupFacts group;
        group.pluginPath = _setup.config.groups[i].pluginPath;
        group.pluginName = _setup.plugins[i].facts.name;
        group.pluginVersion = _setup.plugins[i].facts.version;
        if (_generations[i]) group.spawnerPid = _generations[i]->spawnerPid();
        if (const auto state = _masterFunctions.state(i))
        {
            group.masterState = state->state;
            group.masterResult = state->result;
            group.masterReason = state->reason;
        }
        facts.push_back(std::move(group));
    }
    _snapshots.publish(_builder.build(_supervisor, _children, _levels, facts, _loop.now()));
    _pace.published();
}

// --- actions ---

void Master::perform(const core::Actions& actions)
{
    for (const core::Action& action : actions)
    {
        std::visit(Overloaded{
                       [&](const core::OpenGeneration& a) { openGeneration(a); },
                       [&](const core::ReplaceSpawner& a) { generationOf(a.generation)->replaceSpawner(); },
                       [&](const core::CloseGeneration& a) { generationOf(a.generation)->close(); },
                       [&](const core::Spawn& a) { spawn(a); },
                       [&](const core::AskToStop& a) { askToStop(a.start); },
                       [&](const core::Kill& a) { kill(a.start); },
                       [&](const core::Announce& a) { announce(a); },
                       [&](const core::Finish& a) { _finish = a; },
                   },
                   action);
    }
}

void Master::openGeneration(const core::OpenGeneration& action)
{
    const config::Group& group = _setup.config.groups[action.group];
    const std::size_t index = action.group;
    Generation::Sinks sinks{
        [this](core::Event event) { _events.push_back(std::move(event)); },
        [this, index](bool hasRunMaster) {
            if (hasRunMaster) startMasterFunction(index);
        },
        [](const std::string& text) { logger().warning(text); },
    };
    _generations[index] = std::make_unique<Generation>(
        _loop, _children, planOf(_setup.config, group, action.generation),
        std::move(_setup.plugins[index].copy), _listeners.descriptors(group.listeners), std::move(sinks));
    _generations[index]->open();
}

void Master::spawn(const core::Spawn& action)
{
    const std::string& group = _setup.config.groups[action.group].policy.name;
    const auto level = static_cast<std::uint8_t>(_levels.of(group, action.child));
    _generations[action.group]->spawn(action, level);
    if (ChildProcess* process = _children.find(action.start); process != nullptr)
        _levels.greet(*process, group);
}

void Master::askToStop(StartNumber start)
{
    ChildProcess* process = _children.find(start);
    if (process == nullptr) return;
    process->stopAsked = true;
    if (_children.send(*process, link::AskExit{})) return;
    // It does not read, or has closed its link: the signal means the same.
    if (process->parent == ChildProcess::Parent::Us)
        (void)::kill(process->pid, SIGTERM);
    else if (Generation* generation = generationOf(process->order.generation); generation != nullptr)
        generation->signal(start, SIGTERM, false);
}

void Master::kill(StartNumber start)
{
    ChildProcess* process = _children.find(start);
    if (process == nullptr) return;
    process->killOrdered = true;
    if (_stopSignals.urgent())
        process->reason = "killed: the host was told to stop at once";
    else if (process->reason.empty())
        process->reason =
            process->stopAsked ? "killed: it did not stop in time" : "killed: it was not ready in time";

    if (process->parent == ChildProcess::Parent::Us)
        killAll(_sys, process->pid);
    else if (Generation* generation = generationOf(process->order.generation); generation != nullptr)
        generation->signal(start, SIGKILL, true);
}

/// A SIGKILL that nobody of us sent may be the kernel's, for want of memory. Asked after the restart is on
/// its way.
void Master::explainKill(StartNumber start, const ExitStatus& status)
{
    if (status.kind != ExitStatus::Kind::Signaled || status.number != SIGKILL || !_oom.advanced()) return;
    if (const std::optional<ChildId> child = _children.explain(start, "killed by the kernel: out of memory"))
        logger().error("child " + std::to_string(number(*child)) + ": killed by the kernel: out of memory");
}

Generation* Master::generationOf(GenerationId id)
{
    for (const auto& generation : _generations)
        if (generation && generation->id() == id) return generation.get();
    return nullptr;
}

// --- what comes in ---

void Master::onSignal()
{
    while (const std::optional<int> signal = nextSignal(_setup.signals)) signalled(*signal);
}

void Master::signalled(int signal)
{
    if (signal == SIGCHLD) return reap();
    const std::optional<core::StopMode> mode = _stopSignals.take(signal, _loop.now());
    if (!mode) return logger().information(signalName(signal) + ": ignored");
    logger().information(signalName(signal) +
                         (*mode == core::StopMode::Fast ? ": stopping at once" : ": stopping"));
    _events.push_back(core::StopAsked{*mode});
}

void Master::reap()
{
    for (const auto& generation : _generations)
        if (generation) generation->reapSpawner();
    _children.reapAdopted();

    // A run_master may have processes of its own to wait for; whatever else is dead and ours was left to us.
    if (!_masterFunctions.anyRunning()) _children.reapStrangers();
}

/// One a turn: their senders wait for the answer, and are few.
void Master::onCommands()
{
    std::optional<CommandQueue::Entry> entry = _commands.take();
    if (!entry) return;
    _commandRunner.run(std::move(*entry), _loop.now(), [this](core::Event event) {
        _events.push_back(std::move(event));
        settle();
        publish();
    });
}

// --- run_master ---

void Master::startMasterFunction(std::size_t index)
{
    const config::Group& group = _setup.config.groups[index];
    if (!group.runMaster || _supervisor.stopping()) return;
    MasterFunction::Setting setting;
    setting.group = group.policy.name;
    setting.generation = number(_generations[index]->id());
    setting.settings.assign(group.settings.begin(), group.settings.end());
    const int copy = _generations[index]->plugin().get();
    setting.find = [find = _setup.findRunMaster, copy, path = group.pluginPath] { return find(copy, path); };
    _masterFunctions.start(index, std::move(setting));
}

void Master::toChildren(std::size_t group, std::int32_t to, const std::string& data)
{
    _children.forEach([&](ChildProcess& process) {
        if (process.order.group != group) return;
        if (to != CM_TO_ALL_CHILDREN && static_cast<std::int64_t>(number(process.order.child)) != to) return;
        (void)_children.send(process, link::PluginMessage{CM_TO_MASTER, data});
    });
}

void Master::toMasterFunction(const ChildProcess& process, link::PluginMessage message)
{
    const auto from = static_cast<std::int32_t>(number(process.order.child));
    if (message.peer != CM_TO_MASTER || message.data.size() > CM_MESSAGE_MAX ||
        !_masterFunctions.deliver(process.order.group, from, std::move(message.data)))
        _children.countDropped(process.order.child);
}

// --- the end ---

bool Master::leftBehind() const
{
    return _masterFunctions.anyRunning();
}

bool Master::somethingRuns() const
{
    return leftBehind() || std::any_of(_generations.begin(), _generations.end(), [](const auto& generation) {
               return generation && generation->spawnerPid() != 0;
           });
}

/// Every child is gone. Spawners end by themselves, run_master was asked to; both are waited for, but not for
/// ever.
void Master::leave()
{
    _commands.close();
    publish();
    TimePoint patience = _loop.now() + kLeavePatience;
    for (std::size_t i = 0; i < _generations.size(); ++i)
        if (_masterFunctions.running(i) && !_stopSignals.urgent())
            patience = std::max(patience, *_stoppingSince + _setup.config.groups[i].policy.shutdownTimeout);
    while (somethingRuns() && _loop.now() < patience)
    {
        (void)_loop.wait(patience);
        _loop.dispatch();
        _events.clear();
    }
    for (std::size_t i = 0; i < _generations.size(); ++i)
        if (_masterFunctions.running(i))
            logger().error("run_master of " + _setup.config.groups[i].policy.name +
                           ": did not return in time; left behind");
    _generations.clear();
    if (!endDescendants(_sys, _setup.signals, kLeavePatience))
        logger().error("some process of a plugin did not end");
}

}  // namespace clustermanager::runtime
