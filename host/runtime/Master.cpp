#include "runtime/Master.h"

#include <sys/epoll.h>
#include <sys/prctl.h>

#include <Poco/Logger.h>

#include <algorithm>
#include <random>
#include <utility>

#include "core/Phrases.h"
#include "runtime/FromConfig.h"

namespace clustermanager::runtime {
namespace {

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

Listeners listenersOf(const Master::Setup& setup)
{
    if (setup.handover) return Listeners(setup.handover->listeners);
    return Listeners(setup.config.listeners);
}

core::Supervisor supervisorOf(const Master::Setup& setup)
{
    if (!setup.handover) return {policies(setup.config), std::random_device{}()};
    FieldReader in(setup.handover->supervisor.data(), setup.handover->supervisor.size());
    return core::Supervisor(in);
}

core::MasterSnapshot portraitOf(const Master::Setup& setup)
{
    core::MasterSnapshot picture = portrait(setup.config, setup.version);
    if (!setup.handover) return picture;
    picture.startedAt = setup.handover->startedAt;
    picture.startedSteady = setup.handover->startedSteady;
    picture.upgrades = setup.handover->upgrades + (setup.upgradeProblem.empty() ? 1 : 0);
    return picture;
}

}  // namespace

Master::Master(Setup setup)
    : _setup(std::move(setup)), _listeners(listenersOf(_setup)), _supervisor(supervisorOf(_setup)),
      _journal(_setup.handover ? _setup.handover->lastOccurrence : 0), _children(_loop, childSinks()),
      _narrator(_supervisor, _children, _journal,
                [this](const core::Operation& operation) { _metrics.ended(operation); }),
      _watches([this](core::Event event) { _events.push_back(std::move(event)); }),
      _levels(
          _setup.config.logLevel, _children, _setup.log.applyLevel, [this] { publish(); },
          [this] { _orders.renewSuccessors(); }),
      _logReopening(_children, _setup.log.reopen),
      _groups(_loop, _children, _listeners, _setup.config,
              {[this](core::Event event) { _events.push_back(std::move(event)); },
               [](const std::string& text) { logger().warning(text); }}),
      _crashes(crashFolder(_setup.config.controlSocket), _setup.program, _children, _groups,
               {[](const std::string& text) { logger().error(text); },
                [](const std::string& text) { logger().warning(text); }}),
      _orders(_children, _groups, _levels, _watches,
              [this](core::Event event) { _events.push_back(std::move(event)); }),
      _reconfiguration(_setup.readConfig, _setup.config, _supervisor, _groups, _listeners, _operations,
                       reconfigurationSinks()),
      _upgrade(_loop, _setup.program, _setup.arguments, upgradePorts()),
      _commandRunner(_supervisor, _levels, _logReopening, _reconfiguration, _upgrade, _operations),
      _groupFunctions(_supervisor, _children, _groups, _snapshots, _setup.findRunMaster,
                      [this](core::Event event) { _events.push_back(std::move(event)); }),
      _builder(portraitOf(_setup))
{
    // Orphans of a dead spawner become ours.
    (void)::prctl(PR_SET_CHILD_SUBREAPER, 1);
    if (_setup.handover)
        resume(*std::exchange(_setup.handover, std::nullopt));
    else
        for (std::size_t i = 0; i < _setup.config.groups.size(); ++i)
            _groups.add(_supervisor.group(i).id, {_setup.config.groups[i], std::move(_setup.plugins[i])});
    publish();
}

Master::~Master() = default;

std::optional<core::Finish> Master::run(const std::function<void()>& started)
{
    if (!std::exchange(_begun, true))
    {
        watchSources();
        perform(_supervisor.begin(_loop.now()));
        _narrator.follow();
    }
    afterEvents();
    while (!_finish)
    {
        if (!_started && (_resumed || allLoaded()))
        {
            _started = true;
            watchFolder();
            publish();
            started();
            if (!_resumed) _narrator.host(core::HostChanged::What::Started, "the host has started");
        }
        if (_upgrade.mayLeave() && _events.empty()) return std::nullopt;
        turn();
    }
    leave();
    return *_finish;
}

bool Master::allLoaded() const
{
    for (std::size_t i = 0; i < _supervisor.groupCount(); ++i)
    {
        const core::GroupView group = _supervisor.group(i);
        if (group.state == core::GroupState::Waiting) continue;
        if (group.generationState != core::GenerationState::Open) return false;
    }
    return true;
}

// --- the loop ---

void Master::watchSources()
{
    _loop.watch(_setup.signals.get(), EPOLLIN, [this](std::uint32_t) { onSignal(); });
    _loop.watch(_commands.wakeFd(), EPOLLIN, [this](std::uint32_t) { onCommands(); });
    _loop.watch(functions().wakeFd(), EPOLLIN, [this](std::uint32_t) {
        functions().receive();
        _pace.changed(_loop.now());
    });
    _loop.watch(_reconfiguration.wakeFd(), EPOLLIN, [this](std::uint32_t) { _reconfiguration.receive(); });
    _loop.watch(_crashes.wakeFd(), EPOLLIN, [this](std::uint32_t) {
        _crashes.receive();
        _builder.crashesChanged(_crashes.reports());
        _pace.changed(_loop.now());
    });
    _listeners.watch(_loop, [](const std::string& text) { logger().error(text); });
}

/// What was dropped into the folder since the configuration was read, as while a plugin takes its time to
/// load, is told like what comes later.
void Master::watchFolder()
{
    if (_folder) _loop.forget(_folder->wakeFd());
    _folder.reset();
    if (!_setup.config.pluginsWatch) return;
    PluginFolder::Sinks sinks{
        [this](const std::variant<PluginFolder::Changed, PluginFolder::Removed>& change) {
            std::visit([this](const auto& what) { onFolder(what.name); }, change);
        },
        [](const std::string& text) { logger().warning(text); }};
    _folder.emplace(_setup.config.pluginsFolder, std::move(sinks));
    if (_folder->wakeFd() >= 0)
        _loop.watch(_folder->wakeFd(), EPOLLIN, [this](std::uint32_t) { _folder->onReadable(_loop.now()); });
    _folder->knows(_told ? *std::exchange(_told, std::nullopt) : _setup.config.dropped, _loop.now());
}

void Master::onFolder(const std::string& name)
{
    logger().information("plugins: '" + name + "' has changed");
    _reconfiguration.begin(Reconfiguration::Asker::Folder);
}

void Master::turn()
{
    const EventLoop::Wake wake = _loop.wait(deadline());
    _metrics.looped(wake.delay, _loop.now());
    if (wake.late > kStallLimit)
    {
        _watches.forgive(wake.away);
        handle(core::MasterStalled{wake.away});
    }
    _loop.dispatch();
    settle();

    const TimePoint now = _loop.now();
    if (const auto due = _supervisor.deadline(); due && *due <= now) handle(core::TimePassed{});
    _levels.confirmations().passTime(now);
    _logReopening.confirmations().passTime(now);
    _children.passTime(now);
    _watches.passTime(now);
    if (_folder && !_reconfiguration.reading()) _folder->passTime(now);
    _groups.proceed();
    _upgrade.passTime(now);
    afterEvents();
    if (const auto lack = _memory.refill())
        logger().warning("there was no memory for the host; there is again, after " +
                         std::to_string(lack->count()) + " ms");

    if (!wake.idle) _pace.reported(now);
    if (_pace.due(now, wake.idle)) publish();
}

std::optional<TimePoint> Master::deadline() const
{
    // While a deadline of a child runs, the loop looks at the clock now and then: only so can it tell how
    // much of that time it was away itself. With nothing pending it sleeps for good.
    std::optional<TimePoint> first = _supervisor.deadline();
    if (first) first = std::min(*first, _loop.now() + kStallLimit);
    if (_groups.copying()) return _loop.now();
    // What comes to rest while a reading goes on may have been read before it did: it waits.
    const bool looks = _folder && !_reconfiguration.reading();
    const std::optional<TimePoint> folder = looks ? _folder->deadline() : std::nullopt;
    for (const std::optional<TimePoint>& other :
         {_levels.confirmations().deadline(), _logReopening.confirmations().deadline(), _children.deadline(),
          _watches.deadline(), folder, _upgrade.deadline(), _pace.deadline()})
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

void Master::afterEvents()
{
    settle();
    if (!_upgrade.underWay()) _groupFunctions.follow();
}

void Master::tell(core::Event event)
{
    _events.push_back(std::move(event));
    settle();
    publish();
}

void Master::handle(const core::Event& event)
{
    _pace.changed(_loop.now());
    perform(_supervisor.handle(event, _loop.now()));
    _metrics.follow(_supervisor.changes(), _loop.now());
    _narrator.follow();
    if (_supervisor.stopping() && !_stoppingSince)
    {
        _stoppingSince = _loop.now();
        _narrator.host(core::HostChanged::What::Stopping, "the host stops");
        if (_upgrade.underWay()) _upgrade.fail("the host stops");
        functions().askToStop();
        _reconfiguration.cancel();
    }
    if (const auto* ready = std::get_if<core::BecameReady>(&event); ready != nullptr)
        becameReady(ready->start);
    if (const auto* failed = std::get_if<core::SpawnFailed>(&event); failed != nullptr) ended(failed->start);
    if (const auto* exited = std::get_if<core::Exited>(&event); exited != nullptr)
    {
        ended(exited->start);
        _orders.explainKill(exited->start, exited->status);
    }
    forgetGroups();
}

void Master::becameReady(StartNumber start)
{
    const ChildProcess* process = _children.find(start);
    if (process == nullptr || process->stopAsked || isRunMaster(process->order.child)) return;
    if (const config::Group* group = _groups.find(process->order.group); group != nullptr)
        _watches.ready(*process, *group, _loop.now(), _loop.now());
}

void Master::ended(StartNumber start)
{
    _levels.confirmations().ended(start);
    _logReopening.confirmations().ended(start);
    _metrics.ended(start);
    _watches.ended(start);
}

// --- actions ---

void Master::perform(const core::Actions& actions)
{
    for (const core::Action& action : actions)
    {
        std::visit(Overloaded{
                       [&](const core::OpenGeneration& a) { _groups.open(a); },
                       [&](const core::ReplaceSpawner& a) { _groups.replaceSpawner(a.generation); },
                       [&](const core::CloseGeneration& a) { _groups.close(a.generation); },
                       [&](const core::Spawn& a) { spawn(a); },
                       [&](const core::OrderSuccessor& a) { _orders.succeed(a); },
                       [&](const core::CancelSuccessor& a) { _orders.cancelSuccessor(a.start); },
                       [&](const core::AskToStop& a) { _orders.askToStop(a.start); },
                       [&](const core::Abort& a) { _orders.abort(a.start); },
                       [&](const core::Kill& a) { _orders.kill(a.start); },
                       [&](const core::ForgetGroup& a) { _forgotten.push_back(a.group); },
                       [&](const core::Announce& a) {
                           announce(a);
                           _narrator.announced(a);
                       },
                       [&](const core::Finish& a) { _finish = a; },
                   },
                   action);
    }
}

void Master::spawn(const core::Spawn& order)
{
    _orders.spawn(order);
    if (isRunMaster(order.child)) _groupFunctions.spawned(order);
}

void Master::forgetGroups()
{
    for (const GroupId group : std::exchange(_forgotten, {}))
    {
        _children.forget(runMasterOf(group));
        _groupFunctions.forget(group);
        _metrics.forget(group);
        _groups.forget(group);
    }
}

// --- what comes in ---

/// One a turn: their senders wait for the answer, and are few.
void Master::onCommands()
{
    std::optional<CommandQueue::Entry> entry = _commands.take();
    if (!entry) return;
    _commandRunner.run(std::move(*entry), _loop.now(), [this](core::Event event) { tell(std::move(event)); });
}

}  // namespace clustermanager::runtime
