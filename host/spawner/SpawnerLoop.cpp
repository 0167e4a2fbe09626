#include "spawner/SpawnerLoop.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <utility>

#include "base/Descendants.h"
#include "base/FaultPoint.h"
#include "base/Signals.h"
#include "spawner/Birth.h"
#include "spawner/OwnProcess.h"

namespace clustermanager::spawner {

namespace {

constexpr std::size_t kReapedPerTurn = 32;
constexpr std::size_t kOrdersPerTurn = 32;
constexpr std::size_t kComplaintsMax = 10;
/// Nothing to do for this long: whatever was going on, a start or the steps of a reload, is over, and forking
/// a spare takes no CPU from it.
constexpr Millis kQuiet{1};
constexpr Millis kKillLimit{10'000};  // a process that hangs in the kernel does not die of SIGKILL

constexpr int kExitUnloadable = 1;
constexpr int kExitTooFewFiles = 71;  // EX_OSERR

/// Asked, where one could try: what fails sets errno, and that is a page which each child keeps a copy of.
bool isReadable(int fd)
{
    pollfd asked = {fd, POLLIN, 0};
    return ::poll(&asked, 1, 0) > 0;
}

}  // namespace

SpawnerLoop::SpawnerLoop(ProcessSys& sys, child::Workshop& workshop, link::Link master,
                         FileDescriptor signals)
    : _sys(sys), _workshop(workshop), _master(std::move(master)), _signals(std::move(signals)),
      _spares(workshop.plan().spares),
      _reaper(sys, _master, _children, _spares,
              [this](const link::SpawnOrder& order, FileDescriptor childLink, std::optional<Spare> spare) {
                  start(order, std::move(childLink), std::move(spare));
              })
{}

int SpawnerLoop::run(const link::FromSpawner& loaded)
{
    _now = Clock::now();
    tell(loaded);
    CM_FAULT_POINT("spawner.told");
    const bool works = std::holds_alternative<link::Loaded>(loaded);
    while (works && !finished()) turn();
    if (_tooFewFiles)
    {
        // The start that a lost descriptor belongs to is unknown, so it cannot be answered. The children live
        // on: the master becomes their parent and replaces this process.
        complain("the limit of open files is too low for the descriptors that the master sends");
        return kExitTooFewFiles;
    }
    CM_FAULT_POINT("spawner.finished");
    if (!endDescendants(_sys, _signals, kKillLimit)) complain("some processes do not end on SIGKILL");
    return works ? 0 : kExitUnloadable;
}

/// Waits for something to do and does it. A spare is forked only when there was nothing for a while.
void SpawnerLoop::turn()
{
    std::optional<TimePoint> nextFork = _spares.nextFork();
    if (nextFork) nextFork = std::max(*nextFork, _quietFrom);
    const short wanted = _master.wantsWrite() ? POLLOUT : POLLIN;
    pollfd watched[] = {{_master.fd(), wanted, 0}, {_signals.get(), POLLIN, 0}};
    const std::optional<timespec> timeout = pollTimeout(nextFork);
    const int ready = ::ppoll(watched, std::size(watched), timeout ? &*timeout : nullptr, nullptr);
    // Fewer may be open than we wait for: there is nothing else that it objects to.
    if (ready < 0 && errno == EINVAL) _tooFewFiles = true;
    _now = Clock::now();
    if (ready != 0 || _reaped != Reaper::Outcome::Done) _quietFrom = _now + kQuiet;
    if (ready == 0 && _reaped == Reaper::Outcome::Done && nextFork && *nextFork <= _now) forkSpare();

    if (watched[0].revents != 0 && _master.flush() == link::Link::SendResult::Gone) masterEnded();
    if (watched[1].revents != 0 && nextSignal(_signals)) _reaped = Reaper::Outcome::More;
    if (_reaped != Reaper::Outcome::Done) _reaped = _reaper.takeDead(kReapedPerTurn, _now);
    if (watched[0].revents != 0) readOrders();
    passDeadline();
}

/// Nothing: until something happens.
std::optional<timespec> SpawnerLoop::pollTimeout(const std::optional<TimePoint>& nextFork) const
{
    if (_reaped == Reaper::Outcome::More) return timespec{};
    if (!nextFork && !_deadline) return std::nullopt;
    const TimePoint next =
        std::min(nextFork.value_or(TimePoint::max()), _deadline.value_or(TimePoint::max()));
    const Clock::duration left = std::max(next - Clock::now(), Clock::duration::zero());
    const auto seconds = std::chrono::floor<std::chrono::seconds>(left);
    return timespec{static_cast<time_t>(seconds.count()),
                    static_cast<long>(std::chrono::nanoseconds(left - seconds).count())};
}

void SpawnerLoop::readOrders()
{
    for (std::size_t i = 0; i < kOrdersPerTurn && !_master.wantsWrite() && !_tooFewFiles; ++i)
    {
        link::Link::Received received = _master.receive();
        if (std::holds_alternative<link::Link::Nothing>(received)) return;
        if (std::holds_alternative<link::Link::Closed>(received)) return masterEnded();
        if (auto* packet = std::get_if<link::Link::Packet>(&received))
            handle(std::move(*packet));
        else
            _tooFewFiles = true;
        if (!isReadable(_master.fd())) return;
    }
}

void SpawnerLoop::handle(link::Link::Packet packet)
{
    auto decoded = link::decode<link::ToSpawner>(packet.bytes.data(), packet.bytes.size());
    if (const auto* malformed = std::get_if<link::Malformed>(&decoded)) return refuse(malformed->reason);
    std::visit(Overloaded{
                   [&](const link::Open&) { refuse("Open came again"); },
                   [&](const link::Listeners&) { refuse("Listeners came again"); },
                   [&](const link::SpawnOrder& order) { spawn(order, std::move(packet.fds)); },
                   [&](const link::SuccessorOrder& order) { succeed(order); },
                   [&](const link::SignalOrder& order) { signal(order); },
                   [&](const link::Close&) {
                       CM_FAULT_POINT("spawner.close");
                       _phase = Phase::Closing;
                       _spares.letGo();
                   },
               },
               std::get<link::ToSpawner>(decoded));
}

void SpawnerLoop::spawn(const link::SpawnOrder& order, std::vector<FileDescriptor> fds)
{
    CM_FAULT_POINT("spawner.order");
    if (_children.find(order.start) != nullptr) return refuse("a start number came twice");
    if (fds.size() != 1) return tell(link::SpawnError{order.start, EPROTO});
    start(order, std::move(fds.front()), std::nullopt);
}

void SpawnerLoop::start(const link::SpawnOrder& order, FileDescriptor childLink, std::optional<Spare> spare)
{
    if (_phase != Phase::Serving) return tell(link::SpawnError{order.start, ECANCELED});
    if (!spare) spare = _spares.handOver(order, childLink);
    std::optional<pid_t> pid;
    if (spare && spare->letRun())
        pid = spare->pid;
    else
    {
        spare.reset();
        introduce(_workshop, order);
        const Result<pid_t> forked = _sys.forkLeader();
        if (!forked) return tell(link::SpawnError{order.start, forked.error().code});
        if (forked.value() == 0)
        {
            leaveSpawner();
            runChild(_workshop, std::move(childLink));
        }
        pid = forked.value();
    }
    CM_FAULT_POINT("spawner.born");
    _children.add(order.start, *pid);
    tell(link::SpawnDone{order.start, *pid});
    CM_FAULT_POINT("spawner.answered");
}

// One that has ended meanwhile is reported, and its successor is started the usual way.
void SpawnerLoop::succeed(const link::SuccessorOrder& order)
{
    if (Children::Child* child = _children.find(order.start); child != nullptr && !child->exitReported)
        child->successor = order.next;
}

void SpawnerLoop::signal(const link::SignalOrder& order)
{
    const Children::Child* child = _children.find(order.start);
    if (child == nullptr) return;  // it has ended, and the report is on its way
    // The process as well: it may have left the group it was made the leader of.
    if (order.wholeGroup) _sys.killGroup(child->pid, order.signal);
    _sys.kill(child->pid, order.signal);
}

/// Never meets a full queue: orders are read only while it is empty, and each is answered once.
void SpawnerLoop::tell(const link::FromSpawner& message)
{
    if (_master.sendMessage(message) == link::Link::SendResult::Gone) masterEnded();
}

void SpawnerLoop::refuse(const std::string& why)
{
    if (++_refused <= kComplaintsMax) complain("a message of the master is ignored: " + why);
}

void SpawnerLoop::forkSpare()
{
    _reaper.prepare();
    Result<link::LinkPair> pair = link::makeLinkPair();
    if (!pair) return _spares.forkFailed(_now);
    const Result<pid_t> pid = _sys.forkLeader();
    if (!pid) return _spares.forkFailed(_now);
    if (pid.value() == 0)
    {
        leaveSpawner();
        pair.value().ours.reset();
        runSpare(_workshop, link::Link(std::move(pair.value().theirs)));
    }
    CM_FAULT_POINT("spawner.spare");
    _spares.add(pid.value(), link::Link(std::move(pair.value().ours)));
}

void SpawnerLoop::masterEnded()
{
    if (_phase == Phase::Ending || _phase == Phase::Killing) return;
    CM_FAULT_POINT("spawner.masterEnded");
    _phase = Phase::Ending;
    _deadline = _now + Millis(_workshop.plan().shutdownTimeoutMs);
    _master.close();
    _spares.letGo();
    _children.forEach([this](pid_t pid) { _sys.kill(pid, SIGTERM); });
}

void SpawnerLoop::passDeadline()
{
    if (!_deadline || _now < *_deadline) return;
    _deadline.reset();
    if (_phase != Phase::Ending) return;
    _phase = Phase::Killing;
    _deadline = _now + kKillLimit;
    _children.forEach([this](pid_t pid) { killAll(_sys, pid); });
}

bool SpawnerLoop::finished() const
{
    if (_tooFewFiles) return true;
    if (_phase == Phase::Serving) return false;
    return _children.empty() || (_phase == Phase::Killing && !_deadline);
}

void SpawnerLoop::leaveSpawner()
{
    _master.close();
    _signals.reset();
    _spares.letGo();
    _reaper.letGo();
}

}  // namespace clustermanager::spawner
