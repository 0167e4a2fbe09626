#include "runtime/ChildTable.h"

#include <sys/epoll.h>

#include <Poco/Exception.h>

#include <algorithm>
#include <csignal>
#include <utility>

#include "base/FaultPoint.h"

namespace clustermanager::runtime {
namespace {

/// A child that floods its link gets this many packets a turn, so that the others have theirs.
constexpr unsigned kPacketsPerTurn = 32;

/// What is read of a link when its process has ended: the last words are among the last packets.
constexpr unsigned kPacketsAtEnd = 1024;

constexpr std::size_t kReasonBytesMax = 1024;

/// A link is closed a moment before its process is reported to have ended. Longer than this is no such
/// moment.
constexpr Millis kEndPatience{1'000};

/// What a child says of a count is its own; what is added up of it only grows.
std::uint64_t grownBy(std::uint64_t before, std::uint64_t now)
{
    return now > before ? now - before : 0;
}

}  // namespace

ChildTable::ChildTable(EventLoop& loop, Sinks sinks) : _loop(loop), _sinks(std::move(sinks)) {}

ChildTable::~ChildTable()
{
    for (auto& [start, process] : _processes) _loop.forget(process->link.fd());
}

ChildTable::State ChildTable::state() const
{
    State state;
    for (const auto& [start, process] : _processes)
        // NOLINTNEXTLINE(cppcoreguidelines-slicing): the rest of it is the link's state
        state.processes.push_back({*process, process->link.state()});
    state.reports = _reports;
    state.closedLinks.assign(_closedLinks.begin(), _closedLinks.end());
    return state;
}

void ChildTable::resume(const State& state)
{
    for (const State::Process& known : state.processes)
    {
        auto process = std::make_unique<ChildProcess>(ChildProcess{known.record, link::Link(known.link)});
        if (process->link) watch(*process);
        _processes.emplace(known.record.order.start, std::move(process));
    }
    _reports = state.reports;
    _closedLinks.assign(state.closedLinks.begin(), state.closedLinks.end());
}

FileDescriptor ChildTable::open(const core::Spawn& order)
{
    Result<link::LinkPair> pair = link::makeLinkPair();
    if (!pair) throw Poco::SystemException(pair.error().text());

    (void)enter(order, std::move(pair.value().ours));
    return std::move(pair.value().theirs);
}

ChildProcess& ChildTable::enter(const core::Spawn& order, FileDescriptor link)
{
    auto process = std::make_unique<ChildProcess>();
    process->order = order;
    process->link = link::Link(std::move(link));
    process->startedAt = std::chrono::system_clock::now();
    process->startedSteady = _loop.now();
    if (process->link) watch(*process);
    return *_processes.emplace(order.start, std::move(process)).first->second;
}

void ChildTable::enterSuccessor(const core::Spawn& order, FileDescriptor link)
{
    ChildProcess& process = enter(order, std::move(link));
    if (process.link)
        _sinks.succeeded(process);
    else
        _closedLinks.emplace_back(_loop.now() + kEndPatience, order.start);
}

ChildProcess* ChildTable::find(StartNumber start)
{
    const auto found = _processes.find(start);
    return found == _processes.end() ? nullptr : found->second.get();
}

void ChildTable::forEach(const std::function<void(ChildProcess&)>& visit)
{
    for (auto& [start, process] : _processes)
        if (process->link) visit(*process);
}

void ChildTable::spawned(StartNumber start, pid_t pid)
{
    ChildProcess* process = find(start);
    if (process == nullptr) return;
    process->pid = pid;  // the spawner's word goes before the child's own
    announce(*process);
}

void ChildTable::announce(ChildProcess& process)
{
    if (std::exchange(process.announced, true)) return;
    _sinks.event(core::Spawned{process.order.start, process.pid});
    _sinks.changed(process.order.child);
}

void ChildTable::spawnFailed(StartNumber start, const std::string& reason)
{
    if (find(start) == nullptr) return;
    remove(start);
    _sinks.event(core::SpawnFailed{start, reason});
}

void ChildTable::exited(StartNumber start, ExitStatus status, const ResourceUse& use, StartNumber successor,
                        FileDescriptor successorsLink)
{
    ChildProcess* process = find(start);
    if (process == nullptr) return;
    receiveSome(*process, kPacketsAtEnd);
    announce(*process);

    core::LastExit last;
    last.start = start;
    last.pid = process->pid;
    last.status = status;
    last.reason = process->reason;
    last.use = use;
    last.at = std::chrono::system_clock::now();
    last.uptime = std::chrono::duration_cast<Millis>(_loop.now() - process->startedSteady);

    std::string crash = _sinks.crashed ? _sinks.crashed(*process, last) : "";

    const ChildId child = process->order.child;
    // Of a kill, the supervisor knows more.
    std::string reason = process->killOrdered && !process->distrusted ? "" : process->reason;
    ChildReport& report = _reports[child];
    report = ChildReport{};
    report.lastExit = std::move(last);
    report.crash = std::move(crash);
    const std::optional<core::Spawn> order = process->successor;
    if (!order || order->start != successor) successor = {};
    remove(start);
    if (successor != StartNumber{}) enterSuccessor(*order, std::move(successorsLink));
    _sinks.event(core::Exited{start, status, std::move(reason), successor});
    _sinks.changed(child);
}

void ChildTable::remove(StartNumber start)
{
    const auto found = _processes.find(start);
    if (found->second->link) _loop.forget(found->second->link.fd());
    _processes.erase(found);
}

/// The slot whose last end was that of this start.
std::optional<ChildId> ChildTable::slotOfLast(StartNumber start) const
{
    for (const auto& [child, report] : _reports)
        if (report.lastExit && report.lastExit->start == start) return child;
    return std::nullopt;
}

std::optional<ChildId> ChildTable::explain(StartNumber start, const std::string& reason)
{
    const std::optional<ChildId> child = slotOfLast(start);
    if (!child) return std::nullopt;
    _reports[*child].lastExit->reason = reason;
    _sinks.changed(*child);
    return child;
}

void ChildTable::crashReported(StartNumber start)
{
    const std::optional<ChildId> child = slotOfLast(start);
    if (!child) return;
    ChildReport& report = _reports[*child];
    report.lastExit->crash = report.crash;
    _sinks.changed(*child);
}

void ChildTable::countDropped(const ChildProcess& process)
{
    ++_reports[process.order.child].droppedMessages;
    _sinks.grew(process, {0, 0, 0, 1});
    _sinks.changed(process.order.child);
}

// --- the links ---

void ChildTable::watch(ChildProcess& process)
{
    const StartNumber start = process.order.start;
    const std::uint32_t events = process.link.wantsWrite() ? EPOLLIN | EPOLLOUT : EPOLLIN;
    _loop.watch(process.link.fd(), events, [this, start](std::uint32_t seen) { onLink(start, seen); });
}

void ChildTable::onLink(StartNumber start, std::uint32_t events)
{
    ChildProcess* process = find(start);
    if (process == nullptr) return;
    if ((events & EPOLLOUT) != 0)
    {
        (void)process->link.flush();  // a peer that has gone shows as end of file below
        if (!process->link.wantsWrite()) _loop.change(process->link.fd(), EPOLLIN);
    }
    if ((events & ~static_cast<std::uint32_t>(EPOLLOUT)) == 0) return;
    const bool open = receiveSome(*process, kPacketsPerTurn);
    if (!open) linkClosed(*process);
    process = find(start);
    if (process == nullptr) return;
    if (!open && process->distrusted) _sinks.event(core::LinkLost{start});
    // Taken over by its Hello just now, it may be dead already: the signal that says so came before we knew
    // its pid.
    if (process->parent == ChildProcess::Parent::Us) checkAdopted(*process);
}

/// False at end of file, and where no more is to be read.
bool ChildTable::receiveSome(ChildProcess& process, unsigned packets)
{
    for (unsigned i = 0; i < packets && process.link; ++i)
    {
        link::Link::Received received = process.link.receive();
        if (std::holds_alternative<link::Link::Nothing>(received)) return true;
        if (std::holds_alternative<link::Link::Closed>(received)) return false;
        if (const auto* packet = std::get_if<link::Link::Packet>(&received))
            take(process, packet->bytes);
        else
            distrust(process, "sent a packet that is too large");
        // While nobody knows whether it exists, its Hello or its end still has to be heard.
        if (process.distrusted && process.parent != ChildProcess::Parent::Nobody) return false;
    }
    return static_cast<bool>(process.link);
}

/// The process closed its end: it is about to be reported as ended, or never came to life.
void ChildTable::linkClosed(ChildProcess& process)
{
    if (!process.link) return;
    _loop.forget(process.link.fd());
    process.link.close();
    if (process.parent == ChildProcess::Parent::Nobody)
        spawnFailed(process.order.start, "the spawner ended before it could start it");
    else
        _closedLinks.emplace_back(_loop.now() + kEndPatience, process.order.start);
}

/// What it says next may be as wrong, and without end: nothing of it is read any more.
void ChildTable::distrust(ChildProcess& process, const std::string& what)
{
    if (std::exchange(process.distrusted, true)) return;
    process.reason = "it " + what;
    _sinks.warning(process, what + "; its link is closed");
}

std::optional<TimePoint> ChildTable::deadline() const
{
    if (_closedLinks.empty()) return std::nullopt;
    return _closedLinks.front().first;
}

void ChildTable::passTime(TimePoint now)
{
    while (!_closedLinks.empty() && _closedLinks.front().first <= now)
    {
        const StartNumber start = _closedLinks.front().second;
        _closedLinks.pop_front();
        if (find(start) != nullptr) _sinks.event(core::LinkLost{start});
    }
}

void ChildTable::take(ChildProcess& process, const link::Bytes& bytes)
{
    auto decoded = link::decode<link::FromChild>(bytes.data(), bytes.size());
    if (const auto* malformed = std::get_if<link::Malformed>(&decoded))
    {
        distrust(process, "sent a malformed message (" + malformed->reason + ")");
        return;
    }
    ChildReport& report = _reports[process.order.child];
    std::visit(
        Overloaded{
            [&](const link::Hello& hello) {
                // To kill(2), these would be more than one process.
                if (hello.start != process.order.start || hello.pid <= 1) return;
                const pid_t before = std::exchange(process.pid, process.pid == 0 ? hello.pid : process.pid);
                if (process.parent != ChildProcess::Parent::Nobody) return announce(process);
                if (isOurs(process)) return takeOver(process);
                process.pid = before;
            },
            [&](const link::Ready&) {
                CM_FAULT_POINT("reload.ready");
                _sinks.event(core::BecameReady{process.order.start});
            },
            [&](link::Status& status) {
                _sinks.grew(process, {grownBy(report.requests, status.requests),
                                      grownBy(report.accepted, status.accepted),
                                      grownBy(report.droppedLogRecords, status.droppedLogRecords), 0});
                report.reportedAt = std::chrono::system_clock::now();
                report.rssKiB = status.rssKiB;
                report.cpuMicros = status.cpuMicros;
                report.droppedLogRecords = status.droppedLogRecords;
                report.requests = status.requests;
                report.held = status.held;
                report.accepted = status.accepted;
                if (status.hasJson) report.statusJson = std::move(status.json);
                _sinks.reported(process.order.start, status.rssKiB);
            },
            [&](const link::Heartbeat&) { _sinks.beat(process.order.start); },
            [&](link::PluginMessage& message) { _sinks.message(process, std::move(message)); },
            [&](const link::LogLevelSet& set) { _sinks.levelSet(process.order.start, set.ticket); },
            [&](const link::LogsReopened& done) { _sinks.logsReopened(process.order.start, done.ticket); },
            [&](link::RecycleMe& recycle) {
                recycle.reason.resize(std::min(recycle.reason.size(), kReasonBytesMax));
                _sinks.event(core::RecycleAsked{process.order.start, std::move(recycle.reason)});
            },
            [&](link::Farewell& farewell) {
                if (process.killOrdered) return;
                process.reason = std::move(farewell.reason);
                if (process.reason.size() > kReasonBytesMax) process.reason.resize(kReasonBytesMax);
            },
            [&](link::Crashed& crashed) {
                if (!process.crashed) process.crashed = std::move(crashed);
            },
            [&](const link::MetricDefined& metric) { _sinks.metricDefined(process, metric); },
            [&](const link::MetricReport& metrics) { _sinks.metricsReported(process, metrics); },
        },
        std::get<link::FromChild>(decoded));
    _sinks.changed(process.order.child);
}

bool ChildTable::sendPacket(ChildProcess& process, link::Bytes bytes)
{
    if (!process.link) return false;
    const bool idle = !process.link.wantsWrite();
    const link::Link::SendResult result = process.link.send(std::move(bytes));
    if (idle && process.link.wantsWrite()) _loop.change(process.link.fd(), EPOLLIN | EPOLLOUT);
    if (result == link::Link::SendResult::Full) countDropped(process);
    return result == link::Link::SendResult::Taken;
}

}  // namespace clustermanager::runtime
