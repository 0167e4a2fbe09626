#include "runtime/Generation.h"

#include <fcntl.h>
#include <sys/epoll.h>

#include <Poco/Exception.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/FaultPoint.h"
#include "base/SealedFile.h"
#include "base/SysError.h"

namespace clustermanager::runtime {
namespace {

constexpr unsigned kPacketsPerTurn = 64;

FileDescriptor duplicate(int fd)
{
    FileDescriptor copy(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
    if (!copy) throw Poco::SystemException(SysError{"fcntl(F_DUPFD_CLOEXEC)", "", errno}.text());
    return copy;
}

/// Where no descriptor is free here, a report comes without the successor's link, and counts all the same.
std::optional<link::Packet> packetOf(link::Link::Received& received)
{
    if (auto* packet = std::get_if<link::Link::Packet>(&received)) return std::move(*packet);
    auto* cut = std::get_if<link::Link::Truncated>(&received);
    if (cut == nullptr || cut->bytes.empty()) return std::nullopt;
    return link::Packet{std::move(cut->bytes), {}};
}

link::SpawnOrder messageOf(const core::Spawn& order, std::uint8_t logLevel)
{
    return {order.start, order.child, order.index, order.restarts, logLevel};
}

}  // namespace

Generation::Generation(EventLoop& loop, ChildTable& children, const SpawnerProgram& program,
                       link::GenerationPlan plan, FileDescriptor plugin,
                       std::vector<FileDescriptor> listeners, Sinks sinks)
    : _loop(loop), _children(children), _program(program), _plan(std::move(plan)), _plugin(std::move(plugin)),
      _listeners(std::move(listeners)), _sinks(std::move(sinks))
{}

Generation::Generation(EventLoop& loop, ChildTable& children, const SpawnerProgram& program,
                       const State& state, Sinks sinks)
    : _loop(loop), _children(children), _program(program), _plan(state.plan), _plugin(adopt(state.plugin)),
      _listeners(adopt(state.listeners)), _sinks(std::move(sinks)), _phase(state.phase),
      _everLoaded(state.everLoaded)
{
    for (const link::HandedPacket& order : state.orders) _orders.push_back(adopt(order));
    if (!state.spawner) return;
    _spawner = std::make_unique<SpawnerProcess>(*state.spawner);
    watchSpawner();
}

Generation::State Generation::state() const
{
    State state{_plan, handed(_plugin), handed(_listeners), _phase, _everLoaded, std::nullopt, {}};
    for (const link::Packet& order : _orders) state.orders.push_back(handed(order));
    if (_spawner) state.spawner = _spawner->state();
    return state;
}

Generation::~Generation()
{
    if (_spawner && _spawner->link()) _loop.forget(_spawner->link().fd());
}

// --- orders ---

void Generation::open()
{
    start();
}

void Generation::replaceSpawner()
{
    if (!_spawner) return start();
    _phase = Phase::Replacing;
    _spawner->kill();
}

void Generation::close()
{
    CM_FAULT_POINT("reload.close");
    const Phase before = std::exchange(_phase, Phase::Closing);
    if (!_spawner) return;
    if (before == Phase::Loading)
        _spawner->kill();  // it may hang in the plugin's constructors
    else
        post(link::Close{}, {});
}

void Generation::spawn(const core::Spawn& order, std::uint8_t logLevel)
{
    if (_phase != Phase::Open)
    {
        _sinks.event(core::SpawnFailed{order.start, "its spawner has just ended"});
        return;
    }
    try
    {
        CM_FAULT_POINT("reload.order");
        std::vector<FileDescriptor> fds;
        fds.push_back(_children.open(order));
        post(messageOf(order, logLevel), std::move(fds));
        CM_FAULT_POINT("reload.ordered");
    }
    catch (const Poco::Exception& problem)
    {
        _sinks.event(core::SpawnFailed{order.start, problem.message()});
    }
}

void Generation::succeed(StartNumber start, const std::optional<core::Spawn>& next, std::uint8_t logLevel)
{
    post(link::SuccessorOrder{start, next ? messageOf(*next, logLevel) : link::SpawnOrder{}}, {});
}

void Generation::signal(StartNumber start, int number, bool wholeGroup)
{
    post(link::SignalOrder{start, number, wholeGroup}, {});
}

// --- the spawner ---

void Generation::start()
{
    try
    {
        _spawner =
            std::make_unique<SpawnerProcess>(_plugin ? _program.path() : SpawnerProgram::ownImage(), _plan);
        CM_FAULT_POINT("reload.spawner");
        watchSpawner();
        _phase = Phase::Loading;
        sendOpen();
        CM_FAULT_POINT("reload.planned");
    }
    catch (const Poco::Exception& problem)
    {
        // Not the plugin's fault, and it may pass: the supervisor tries again by its policy.
        _phase = Phase::Idle;
        if (_spawner) _loop.forget(_spawner->link().fd());
        _spawner.reset();
        _sinks.event(core::SpawnerLost{id(), problem.message()});
    }
}

void Generation::watchSpawner()
{
    const std::uint32_t events = _spawner->link().wantsWrite() ? EPOLLIN | EPOLLOUT : EPOLLIN;
    _loop.watch(_spawner->link().fd(), events, [this](std::uint32_t seen) { onLink(seen); });
}

void Generation::sendOpen()
{
    const link::Bytes bytes = link::encodePlan(_plan);
    Result<FileDescriptor> plan = sealBytes("plan", bytes.data(), bytes.size());
    if (!plan) throw Poco::SystemException(plan.error().text());

    std::vector<FileDescriptor> fds;
    fds.push_back(std::move(plan.value()));
    if (_plugin) fds.push_back(duplicate(_plugin.get()));
    link::Open open;
    open.listenersToCome = static_cast<std::uint32_t>(_listeners.size());
    post(open, std::move(fds));

    for (std::size_t sent = 0; sent < _listeners.size(); sent += link::kPacketFdsMax)
    {
        std::vector<FileDescriptor> batch;
        for (std::size_t i = sent; i < std::min(sent + link::kPacketFdsMax, _listeners.size()); ++i)
            batch.push_back(duplicate(_listeners[i].get()));
        post(link::Listeners{}, std::move(batch));
    }
}

void Generation::post(const link::ToSpawner& message, std::vector<FileDescriptor> fds)
{
    if (!_spawner || !_spawner->link()) return;
    _orders.push_back({link::encode(message), std::move(fds)});
    if (!_spawner->link().wantsWrite()) sendOrders();
}

void Generation::sendOrders()
{
    link::Link& link = _spawner->link();
    while (!_orders.empty() && !link.wantsWrite())
    {
        link::Packet order = std::move(_orders.front());
        _orders.pop_front();
        // One that has closed its end is as good as dead: what it had to answer is settled when it has ended.
        if (link.send(std::move(order.bytes), std::move(order.fds)) != link::Link::SendResult::Taken)
            return _spawner->kill();
    }
    if (link.wantsWrite()) _loop.change(link.fd(), EPOLLIN | EPOLLOUT);
}

void Generation::onLink(std::uint32_t events)
{
    link::Link& link = _spawner->link();
    if ((events & EPOLLOUT) != 0)
    {
        (void)link.flush();
        if (!link.wantsWrite()) sendOrders();
        if (!link.wantsWrite()) _loop.change(link.fd(), EPOLLIN);
    }
    for (unsigned i = 0; i < kPacketsPerTurn; ++i)
    {
        link::Link::Received received = link.receive();
        if (std::holds_alternative<link::Link::Nothing>(received)) return;
        if (auto packet = packetOf(received))
        {
            take(std::move(*packet));
            continue;
        }
        // Closed or confused. It may still live, and then it must not: its end brings the rest.
        _spawner->kill();
        _loop.change(link.fd(), 0);
        return;
    }
}

void Generation::drainLink()
{
    for (;;)
    {
        link::Link::Received received = _spawner->link().receive();
        auto packet = packetOf(received);
        if (!packet) return;  // all read: nobody can write any more
        take(std::move(*packet));
    }
}

void Generation::distrust(const std::string& reason)
{
    _sinks.warning("spawner of " + _plan.group + ": sent a malformed message (" + reason +
                   "); it is replaced");
    _spawner->kill();
}

void Generation::take(link::Link::Packet packet)
{
    auto decoded = link::decode<link::FromSpawner>(packet.bytes.data(), packet.bytes.size());
    if (const auto* malformed = std::get_if<link::Malformed>(&decoded)) return distrust(malformed->reason);
    std::visit(Overloaded{
                   [&](const link::Loaded& loaded) {
                       if (_phase != Phase::Loading) return;
                       CM_FAULT_POINT("reload.loaded");
                       _phase = Phase::Open;
                       _everLoaded = true;
                       _sinks.loaded(loaded.hasRunMaster);
                   },
                   [&](const link::LoadFailed& failed) { take(failed); },
                   [&](const link::SpawnDone& done) {
                       CM_FAULT_POINT("reload.spawned");
                       // To kill(2), these would be more than one process.
                       if (done.pid <= 1)
                           return distrust("no process has number " + std::to_string(done.pid));
                       _children.spawned(done.start, done.pid);
                   },
                   [&](const link::SpawnError& error) {
                       _children.spawnFailed(error.start, "fork: " + errnoText(error.code) + " (" +
                                                              std::to_string(error.code) + ")");
                   },
                   [&](const link::ChildExited& exited) { take(exited, std::move(packet.fds)); },
               },
               std::get<link::FromSpawner>(decoded));
}

void Generation::take(const link::ChildExited& exited, std::vector<FileDescriptor> fds)
{
    CM_FAULT_POINT("reload.exited");
    ExitStatus status;
    status.kind = exited.kind == link::ChildExited::Kind::Exited ? ExitStatus::Kind::Exited
                                                                 : ExitStatus::Kind::Signaled;
    status.number = exited.number;
    status.coreDumped = exited.coreDumped;
    _children.exited(exited.start, status,
                     ResourceUse{exited.userMicros, exited.systemMicros, exited.maxRssKiB}, exited.successor,
                     fds.empty() ? FileDescriptor() : std::move(fds.front()));
}

void Generation::take(const link::LoadFailed& failed)
{
    if (_phase != Phase::Loading) return;
    if (failed.kind == link::LoadFailed::Kind::StartedThread && _plan.preload)
    {
        _sinks.warning(failed.text + "; it is loaded in each child instead, as with preload=false");
        _plan.preload = false;
        replaceSpawner();
        return;
    }
    _phase = Phase::Failed;
    _sinks.event(core::GenerationFailed{id(), failed.text});
}

void Generation::reapSpawner()
{
    if (!_spawner) return;
    if (const std::optional<ExitStatus> status = _spawner->reap()) spawnerEnded(*status);
}

void Generation::spawnerEnded(const ExitStatus& status)
{
    CM_FAULT_POINT("reload.reaped");
    drainLink();
    _loop.forget(_spawner->link().fd());
    _spawner.reset();
    _orders.clear();  // with the links of children that were not started: they are seen to close
    _children.adopt(id());

    switch (std::exchange(_phase, Phase::Idle))
    {
    case Phase::Replacing: start(); break;
    case Phase::Loading:
        // The same copy has been loaded before, so it is not the one to blame.
        if (_everLoaded)
            _sinks.event(core::SpawnerLost{id(), status.text() + " while it loaded the plugin again"});
        else
            _sinks.event(
                core::GenerationFailed{id(), "plugin '" + _plan.pluginPath +
                                                 "': it ended the process that loaded it: " + status.text()});
        break;
    case Phase::Open: _sinks.event(core::SpawnerLost{id(), status.text()}); break;
    case Phase::Closing: _phase = Phase::Closing; break;
    case Phase::Failed:
    case Phase::Idle: break;
    }
}

}  // namespace clustermanager::runtime
