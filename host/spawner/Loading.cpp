#include "spawner/Loading.h"

#include <poll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <optional>
#include <utility>

#include "base/Signals.h"
#include "base/Types.h"
#include "spawner/OwnProcess.h"

namespace clustermanager::spawner {

namespace {

constexpr std::size_t kTextBytesMax = 4096;

link::FromSpawner loadFailed(link::LoadFailed::Kind kind, std::string text)
{
    if (text.size() > kTextBytesMax) text.resize(kTextBytesMax);
    return link::LoadFailed{kind, std::move(text)};
}

link::FromSpawner unloadable(std::string text)
{
    return loadFailed(link::LoadFailed::Kind::Unloadable, std::move(text));
}

link::FromSpawner load(child::Workshop& workshop, link::Link& listener)
{
    std::variant<child::Workshop::Facts, std::string> loaded =
        workshop.load([&](const std::string& words) { listener.sendMessage(unloadable(words)); });
    if (auto* reason = std::get_if<std::string>(&loaded)) return unloadable(std::move(*reason));
    return link::Loaded{std::get<child::Workshop::Facts>(loaded).hasRunMaster};
}

bool hasHungUp(const link::Link& master)
{
    pollfd watched = {master.fd(), 0, 0};
    return ::poll(&watched, 1, 0) == 1;
}

/// While a plugin's constructor runs nobody here can see that the master has ended.
class EndsWithItsParent
{
public:
    EndsWithItsParent() { (void)::prctl(PR_SET_PDEATHSIG, SIGKILL); }
    ~EndsWithItsParent() { (void)::prctl(PR_SET_PDEATHSIG, 0); }
    EndsWithItsParent(const EndsWithItsParent&) = delete;
    EndsWithItsParent& operator=(const EndsWithItsParent&) = delete;
};

[[noreturn]] void loadAndEnd(child::Workshop& workshop, FileDescriptor verdict)
{
    const EndsWithItsParent bound;
    (void)resetSignals();
    link::Link listener(std::move(verdict));
    listener.sendMessage(load(workshop, listener));
    ::_exit(0);
}

/// The process that loads for us, and what it says.
struct Trial
{
    pid_t pid;
    link::Link verdict;
};

/// How the process ended, if it has. Strangers that are in the way are reaped.
std::optional<ExitStatus> endOf(ProcessSys& sys, pid_t pid)
{
    while (true)
    {
        const Result<std::optional<DeadProcess>> dead = sys.peekDead();
        if (!dead || !dead.value()) return std::nullopt;
        if (dead.value()->pid == pid) return dead.value()->status;
        sys.reap(dead.value()->pid);
    }
}

/// What the process said, if it has. It runs a stranger's code, so its words are checked.
std::optional<link::FromSpawner> verdictIn(link::Link& verdict)
{
    link::Link::Received received = verdict.receive();
    if (std::holds_alternative<link::Link::Closed>(received)) verdict.close();  // it has no more to say
    const auto* packet = std::get_if<link::Link::Packet>(&received);
    if (packet == nullptr) return std::nullopt;
    auto decoded = link::decode<link::FromSpawner>(packet->bytes.data(), packet->bytes.size());
    auto* message = std::get_if<link::FromSpawner>(&decoded);
    if (message == nullptr) return std::nullopt;
    if (auto* failed = std::get_if<link::LoadFailed>(message)) return unloadable(std::move(failed->text));
    if (!std::holds_alternative<link::Loaded>(*message)) return std::nullopt;
    return std::move(*message);
}

link::FromSpawner awaitVerdict(ProcessSys& sys, Trial trial, const link::Link& master,
                               const FileDescriptor& signals, Millis limit)
{
    const TimePoint deadline = Clock::now() + limit;
    while (true)
    {
        while (nextSignal(signals))
        {}
        // In this order: who has ended has said before whatever it had to say.
        const std::optional<ExitStatus> end = endOf(sys, trial.pid);
        if (std::optional<link::FromSpawner> said = verdictIn(trial.verdict)) return std::move(*said);
        if (end) return unloadable("the plugin ended the process while it was loaded: " + end->text());
        if (hasHungUp(master)) return unloadable("the master has ended");

        const Millis left = std::chrono::ceil<Millis>(deadline - Clock::now());
        if (left <= Millis::zero())
            return unloadable("the plugin did not finish loading within " + std::to_string(limit.count()) +
                              " ms");
        pollfd watched[] = {{trial.verdict.fd(), POLLIN, 0}, {signals.get(), POLLIN, 0}, {master.fd(), 0, 0}};
        (void)::poll(watched, std::size(watched), static_cast<int>(std::min(left, Millis(60'000)).count()));
    }
}

}  // namespace

link::FromSpawner loadHere(child::Workshop& workshop, link::Link& master)
{
    const Surroundings surroundings;
    const EndsWithItsParent bound;
    if (hasHungUp(master)) return unloadable("the master has ended");

    link::FromSpawner outcome = load(workshop, master);
    surroundings.restore();
    claimProcess();
    if (!std::holds_alternative<link::Loaded>(outcome) || !hasThreads()) return outcome;

    const std::string& path = workshop.plan().pluginPath;
    return loadFailed(
        link::LoadFailed::Kind::StartedThread,
        (path.empty() ? "the program" : "plugin '" + path + "'") +
            " started a thread while it was loaded, so children cannot be forked after that; set "
            "preload=false");
}

link::FromSpawner loadElsewhere(ProcessSys& sys, child::Workshop& workshop, link::Link& master,
                                FileDescriptor& signals)
{
    Result<link::LinkPair> pair = link::makeLinkPair();
    if (!pair) return unloadable(pair.error().text());
    const Result<pid_t> pid = sys.forkLeader();
    if (!pid) return unloadable(pid.error().text());
    if (pid.value() == 0)
    {
        master.close();
        signals.reset();
        pair.value().ours.reset();
        loadAndEnd(workshop, std::move(pair.value().theirs));
    }
    pair.value().theirs.reset();
    const Millis limit(workshop.plan().startTimeoutMs);
    link::FromSpawner outcome =
        awaitVerdict(sys, {pid.value(), link::Link(std::move(pair.value().ours))}, master, signals, limit);
    sys.killGroup(pid.value(), SIGKILL);
    return outcome;
}

}  // namespace clustermanager::spawner
