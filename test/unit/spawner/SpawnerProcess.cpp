#include "unit/spawner/SpawnerProcess.h"

#include <cppunit/TestAssert.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <fstream>

#include "base/Descendants.h"
#include "base/SealedFile.h"
#include "spawner/SpawnerMain.h"

namespace clustermanager::test {

namespace {

link::Bytes receiveWithin(link::Link& link, Millis patience)
{
    const TimePoint deadline = Clock::now() + patience;
    while (true)
    {
        (void)link.flush();
        link::Link::Received received = link.receive();
        if (auto* packet = std::get_if<link::Link::Packet>(&received)) return std::move(packet->bytes);
        CPPUNIT_ASSERT_MESSAGE("the other side has closed",
                               !std::holds_alternative<link::Link::Closed>(received));
        const auto left = std::chrono::ceil<Millis>(deadline - Clock::now());
        CPPUNIT_ASSERT_MESSAGE("no message came in time", left > Millis::zero());
        const short wanted = link.wantsWrite() ? POLLIN | POLLOUT : POLLIN;
        pollfd watched = {link.fd(), wanted, 0};
        (void)::poll(&watched, 1, static_cast<int>(left.count()));
    }
}

template <class Message>
Message decoded(const link::Bytes& bytes)
{
    auto result = link::decode<Message>(bytes.data(), bytes.size());
    CPPUNIT_ASSERT_MESSAGE("a well-formed message", std::holds_alternative<Message>(result));
    return std::get<Message>(std::move(result));
}

std::string commandName(pid_t pid)
{
    std::ifstream file("/proc/" + std::to_string(pid) + "/comm");
    std::string name;
    std::getline(file, name);
    return name;
}

}  // namespace

SpawnerProcess::SpawnerProcess()
    : SpawnerProcess([](FileDescriptor link) { return spawner::runSpawner(std::move(link), std::nullopt); })
{}

SpawnerProcess::SpawnerProcess(const std::function<int(FileDescriptor)>& loop)
{
    (void)::prctl(PR_SET_CHILD_SUBREAPER, 1);
    Result<link::LinkPair> pair = link::makeLinkPair();
    CPPUNIT_ASSERT(pair.ok());
    _pid = ::fork();
    CPPUNIT_ASSERT(_pid >= 0);
    if (_pid == 0)
    {
        pair.value().ours.reset();
        ::_exit(loop(std::move(pair.value().theirs)));
    }
    pair.value().theirs.reset();
    _link = link::Link(std::move(pair.value().ours));
}

SpawnerProcess::~SpawnerProcess()
{
    _link.close();
    if (!_ended) (void)::kill(_pid, SIGKILL);
    const TimePoint deadline = Clock::now() + kPatience;
    while (Clock::now() < deadline && (::waitpid(-1, nullptr, WNOHANG) >= 0 || errno != ECHILD))
    {
        for (const pid_t pid : processesWithParent(::getpid())) (void)::kill(pid, SIGKILL);
        (void)::poll(nullptr, 0, 1);
    }
}

link::GenerationPlan SpawnerProcess::plan(std::uint32_t spares, const std::string& load)
{
    link::GenerationPlan plan;
    plan.group = "hello";
    plan.spares = spares;
    plan.startTimeoutMs = 15'000;
    plan.shutdownTimeoutMs = 15'000;
    if (!load.empty()) plan.settings.emplace_back("load", load);
    return plan;
}

void SpawnerProcess::open(const link::GenerationPlan& plan, std::vector<FileDescriptor> listeners)
{
    const link::Bytes bytes = link::encodePlan(plan);
    Result<FileDescriptor> file = sealBytes("plan", bytes.data(), bytes.size());
    CPPUNIT_ASSERT(file.ok());
    std::vector<FileDescriptor> fds;
    fds.push_back(std::move(file.value()));
    if (!plan.pluginPath.empty()) fds.push_back(std::move(sealBytes("plugin", bytes.data(), 1).value()));
    send(link::Open{static_cast<std::uint32_t>(listeners.size())}, std::move(fds));
    while (!listeners.empty())
    {
        const std::size_t some = std::min(listeners.size(), link::kPacketFdsMax);
        fds.clear();
        for (std::size_t i = 0; i < some; ++i) fds.push_back(std::move(listeners[i]));
        listeners.erase(listeners.begin(), listeners.begin() + static_cast<std::ptrdiff_t>(some));
        send(link::Listeners{}, std::move(fds));
    }
}

void SpawnerProcess::openWell(const link::GenerationPlan& plan, std::vector<FileDescriptor> listeners)
{
    open(plan, std::move(listeners));
    CPPUNIT_ASSERT(expect<link::Loaded>().hasRunMaster);
}

void SpawnerProcess::send(const link::ToSpawner& message, std::vector<FileDescriptor> fds)
{
    CPPUNIT_ASSERT(_link.sendMessage(message, std::move(fds)) == link::Link::SendResult::Taken);
}

link::Link SpawnerProcess::order(StartNumber start, FakeLife life, std::uint32_t parameter)
{
    Result<link::LinkPair> pair = link::makeLinkPair();
    CPPUNIT_ASSERT(pair.ok());
    std::vector<FileDescriptor> fds;
    fds.push_back(std::move(pair.value().theirs));
    send(link::SpawnOrder{start, ChildId{7}, static_cast<std::uint32_t>(life), parameter, 0}, std::move(fds));
    return link::Link(std::move(pair.value().ours));
}

SpawnerProcess::Child SpawnerProcess::spawn(FakeLife life, std::uint32_t parameter)
{
    const StartNumber start{++_starts};
    Child child{start, 0, order(start, life, parameter)};
    const auto done = expect<link::SpawnDone>();
    CPPUNIT_ASSERT(done.start == start);
    child.pid = done.pid;
    const auto hello = expectOf<link::Hello>(child.link);
    CPPUNIT_ASSERT(hello.start == start);
    CPPUNIT_ASSERT_EQUAL(done.pid, hello.pid);
    return child;
}

link::FromSpawner SpawnerProcess::next()
{
    return decoded<link::FromSpawner>(receiveWithin(_link, kPatience));
}

pid_t SpawnerProcess::awaitSpare(pid_t otherThan)
{
    pid_t found = 0;
    awaitCondition("a spare waits", [&] {
        for (const pid_t pid : processesWithParent(_pid))
            if (pid != otherThan && commandName(pid) == "cm-spare") found = pid;
        return found != 0;
    });
    return found;
}

void SpawnerProcess::kill(int signal)
{
    CPPUNIT_ASSERT_EQUAL(0, ::kill(_pid, signal));
}

ExitStatus SpawnerProcess::end()
{
    const ExitStatus status = reapOwn(_pid);
    _ended = true;
    return status;
}

link::FromChild nextOf(link::Link& link)
{
    return decoded<link::FromChild>(receiveWithin(link, kPatience));
}

ExitStatus reapOwn(pid_t pid)
{
    awaitEnd(pid);
    siginfo_t info = {};
    CPPUNIT_ASSERT_EQUAL(0, ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG));
    CPPUNIT_ASSERT_EQUAL(pid, info.si_pid);
    const bool exited = info.si_code == CLD_EXITED;
    return {exited ? ExitStatus::Kind::Exited : ExitStatus::Kind::Signaled, info.si_status, false};
}

void awaitEnd(pid_t pid)
{
    const FileDescriptor process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    if (!process && errno == ESRCH) return;
    CPPUNIT_ASSERT(process);
    pollfd watched = {process.get(), POLLIN, 0};
    CPPUNIT_ASSERT_EQUAL_MESSAGE("the process ends in time", 1,
                                 ::poll(&watched, 1, static_cast<int>(kPatience.count())));
}

void assertNobodyLeft()
{
    siginfo_t info = {};
    const int result = ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT);
    CPPUNIT_ASSERT_MESSAGE("no process is left", result == -1 && errno == ECHILD);
}

void awaitCondition(const std::string& what, const std::function<bool()>& done)
{
    const TimePoint deadline = Clock::now() + kPatience;
    while (!done())
    {
        CPPUNIT_ASSERT_MESSAGE(what, Clock::now() < deadline);
        (void)::poll(nullptr, 0, 1);
    }
}

}  // namespace clustermanager::test
