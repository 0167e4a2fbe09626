#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <map>

#include "base/Descendants.h"
#include "unit/spawner/SpawnerProcess.h"

namespace clustermanager::test {

namespace {

FileDescriptor listeningSocket()
{
    FileDescriptor opened(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    CPPUNIT_ASSERT(opened);
    CPPUNIT_ASSERT_EQUAL(0, ::listen(opened.get(), 8));
    return opened;
}

bool startsWith(const std::string& text, const std::string& begin)
{
    return text.compare(0, begin.size(), begin) == 0;
}

}  // namespace

/// Goal: what a master orders is done, by a spare or by a fork, and the new process has what is its own and
/// nothing else.
/// Method: a real spawner with real children; the test is the master.
class SpawnTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(SpawnTest);
    CPPUNIT_TEST(aSpareThatWaitsBecomesTheChild);
    CPPUNIT_TEST(withoutSparesTheChildIsForkedAtOnce);
    CPPUNIT_TEST(noMoreSparesWaitThanThePlanWants);
    CPPUNIT_TEST(aSpareThatDiedIsNotGivenAnOrder);
    CPPUNIT_TEST(aChildOwnsWhatIsItsOwnAndNothingElse);
    CPPUNIT_TEST(listenersStandFromDescriptorThreeInThePlansOrder);
    CPPUNIT_TEST(whatAConstructorDisturbedIsPutRight);
    CPPUNIT_TEST(anOrderWithoutALinkIsRefusedByItsStartNumber);
    CPPUNIT_TEST(aStartNumberThatLivesIsNotStartedTwice);
    CPPUNIT_TEST(malformedMessagesChangeNothing);
    CPPUNIT_TEST(afterCloseNothingIsSpawned);
    CPPUNIT_TEST(aMasterThatReadsLateGetsEveryAnswerInOrder);
    CPPUNIT_TEST_SUITE_END();

public:
    void aSpareThatWaitsBecomesTheChild()
    {
        SpawnerProcess spawner;
        spawner.openWell(SpawnerProcess::plan(1));
        const pid_t spare = spawner.awaitSpare();
        const SpawnerProcess::Child child = spawner.spawn(FakeLife::Pause);
        CPPUNIT_ASSERT_EQUAL(spare, child.pid);
        CPPUNIT_ASSERT(spawner.awaitSpare(child.pid) > 0);
        endWell(spawner);
    }

    void withoutSparesTheChildIsForkedAtOnce()
    {
        SpawnerProcess spawner;
        spawner.openWell(SpawnerProcess::plan(0));
        const SpawnerProcess::Child child = spawner.spawn(FakeLife::Pause);
        const std::vector<pid_t> all = processesWithParent(spawner.pid());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, all.size());
        CPPUNIT_ASSERT_EQUAL(child.pid, all.front());
        endWell(spawner);
    }

    void noMoreSparesWaitThanThePlanWants()
    {
        SpawnerProcess spawner;
        spawner.openWell(SpawnerProcess::plan(3));
        awaitCondition("three spares wait", [&] { return processesWithParent(spawner.pid()).size() == 3; });
        (void)spawner.spawn(FakeLife::Exit, 0);
        (void)spawner.expect<link::ChildExited>();
        awaitCondition("three spares wait again",
                       [&] { return processesWithParent(spawner.pid()).size() == 3; });
        endWell(spawner);
    }

    void aSpareThatDiedIsNotGivenAnOrder()
    {
        SpawnerProcess spawner;
        spawner.openWell(SpawnerProcess::plan(1));
        const pid_t spare = spawner.awaitSpare();
        CPPUNIT_ASSERT_EQUAL(0, ::kill(spare, SIGKILL));
        awaitEnd(spare);
        const SpawnerProcess::Child child = spawner.spawn(FakeLife::Pause);
        CPPUNIT_ASSERT(child.pid != spare);
        CPPUNIT_ASSERT(spawner.awaitSpare(child.pid) != spare);
        endWell(spawner);
    }

    void aChildOwnsWhatIsItsOwnAndNothingElse()
    {
        for (const std::uint32_t spares : {0U, 2U})
        {
            SpawnerProcess spawner;
            spawner.openWell(SpawnerProcess::plan(spares));
            if (spares > 0) (void)spawner.awaitSpare();
            SpawnerProcess::Child child = spawner.spawn(FakeLife::Describe);
            const std::string text = expectOf<link::Farewell>(child.link).reason;
            CPPUNIT_ASSERT_MESSAGE(text, startsWith(text, "leader unblocked default prepared"));
            const std::string linkFd =
                text.substr(text.find(" link ") + 6, text.find(" fds") - text.find(" link ") - 6);
            CPPUNIT_ASSERT_MESSAGE(text,
                                   text.find(" fds 0 1 2 " + linkFd) + 11 + linkFd.size() == text.size());
            (void)spawner.expect<link::ChildExited>();
            endWell(spawner);
        }
    }

    void listenersStandFromDescriptorThreeInThePlansOrder()
    {
        link::GenerationPlan plan = SpawnerProcess::plan(1);
        std::vector<FileDescriptor> listeners;
        for (int i = 0; i < 20; ++i)
        {
            plan.listeners.push_back({"listener" + std::to_string(i)});
            listeners.push_back(listeningSocket());
        }
        std::vector<ino_t> wanted;
        for (const FileDescriptor& listener : listeners)
            wanted.push_back(inodeOf(std::to_string(::getpid()), listener.get()));

        SpawnerProcess spawner;
        spawner.openWell(plan, std::move(listeners));
        const SpawnerProcess::Child child = spawner.spawn(FakeLife::Pause);
        for (int i = 0; i < 20; ++i)
            CPPUNIT_ASSERT_EQUAL(wanted[static_cast<std::size_t>(i)],
                                 inodeOf(std::to_string(child.pid), 3 + i));
        endWell(spawner);
    }

    void whatAConstructorDisturbedIsPutRight()
    {
        SpawnerProcess spawner;
        spawner.openWell(SpawnerProcess::plan(1, "disturb"));
        SpawnerProcess::Child child = spawner.spawn(FakeLife::Describe);
        const std::string text = expectOf<link::Farewell>(child.link).reason;
        CPPUNIT_ASSERT_MESSAGE(text, startsWith(text, "leader unblocked default"));
        CPPUNIT_ASSERT_MESSAGE(text, text.find("umask 511") == std::string::npos);
        CPPUNIT_ASSERT_MESSAGE(text, text.find("folder " + std::filesystem::current_path().string() +
                                               " group") != std::string::npos);
        (void)spawner.expect<link::ChildExited>();  // SIGCHLD is no longer ignored
        SpawnerProcess::Child orphaning = spawner.spawn(FakeLife::OrphanInSession);
        const auto told = expectOf<link::PluginMessage>(orphaning.link);
        (void)spawner.expect<link::ChildExited>();
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, countWithParent(spawner.pid(), told.peer));
        endWell(spawner);
    }

    void anOrderWithoutALinkIsRefusedByItsStartNumber()
    {
        SpawnerProcess spawner;
        spawner.openWell(SpawnerProcess::plan(1));
        spawner.send(link::SpawnOrder{StartNumber{5}, ChildId{1}, 0, 0, 0});
        const auto refused = spawner.expect<link::SpawnError>();
        CPPUNIT_ASSERT(refused.start == StartNumber{5});
        CPPUNIT_ASSERT_EQUAL(EPROTO, refused.code);
        (void)spawner.spawn(FakeLife::Pause);
        endWell(spawner);
    }

    void aStartNumberThatLivesIsNotStartedTwice()
    {
        SpawnerProcess spawner;
        spawner.openWell(SpawnerProcess::plan(0));
        SpawnerProcess::Child child = spawner.spawn(FakeLife::Pause);
        link::Link second = spawner.order(child.start, FakeLife::Pause);
        (void)spawner.spawn(FakeLife::Pause);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, processesWithParent(spawner.pid()).size());
        endWell(spawner);
    }

    void malformedMessagesChangeNothing()
    {
        SpawnerProcess spawner;
        spawner.openWell(SpawnerProcess::plan(1));
        for (const link::Bytes& bytes :
             {link::Bytes{9}, link::Bytes{1, 99}, link::Bytes{1, 2, 3}, link::Bytes(500, 0)})
            CPPUNIT_ASSERT(spawner.link().send(bytes) == link::Link::SendResult::Taken);
        spawner.send(link::Open{0});
        spawner.send(link::Listeners{});
        spawner.send(link::SignalOrder{StartNumber{77}, SIGKILL, true});
        (void)spawner.spawn(FakeLife::Pause);
        endWell(spawner);
    }

    void afterCloseNothingIsSpawned()
    {
        SpawnerProcess spawner;
        spawner.openWell(SpawnerProcess::plan(1));
        SpawnerProcess::Child child = spawner.spawn(FakeLife::Pause);
        spawner.send(link::Close{});
        link::Link refusedLink = spawner.order(StartNumber{50}, FakeLife::Pause);
        CPPUNIT_ASSERT_EQUAL(ECANCELED, spawner.expect<link::SpawnError>().code);
        awaitCondition("the spares are let go",
                       [&] { return processesWithParent(spawner.pid()).size() == 1; });
        spawner.send(link::SignalOrder{child.start, SIGTERM, false});
        CPPUNIT_ASSERT_EQUAL(SIGTERM, spawner.expect<link::ChildExited>().number);
        CPPUNIT_ASSERT(spawner.end().success());
        assertNobodyLeft();
    }

    void aMasterThatReadsLateGetsEveryAnswerInOrder()
    {
        // More than the sockets hold, so the spawner has to stop taking orders.
        constexpr std::uint64_t kStarts = 500;
        SpawnerProcess spawner;
        spawner.openWell(SpawnerProcess::plan(1));
        std::vector<link::Link> links;
        for (std::uint64_t i = 1; i <= kStarts; ++i)
        {
            links.push_back(spawner.order(StartNumber{i}, FakeLife::Exit, 3));
            if (links.size() > 64) links.erase(links.begin());
        }
        std::map<std::uint64_t, int> seen;
        for (std::uint64_t i = 0; i < 2 * kStarts; ++i)
        {
            const link::FromSpawner message = spawner.next();
            if (const auto* done = std::get_if<link::SpawnDone>(&message))
                CPPUNIT_ASSERT_EQUAL(0, seen[number(done->start)]++);
            else
                CPPUNIT_ASSERT_EQUAL(1, seen[number(std::get<link::ChildExited>(message).start)]++);
        }
        CPPUNIT_ASSERT_EQUAL(kStarts, static_cast<std::uint64_t>(seen.size()));
        endWell(spawner);
    }

private:
    static ino_t inodeOf(const std::string& process, int fd)
    {
        struct stat file = {};
        CPPUNIT_ASSERT_EQUAL(0, ::stat(("/proc/" + process + "/fd/" + std::to_string(fd)).c_str(), &file));
        return file.st_ino;
    }

    static std::size_t countWithParent(pid_t parent, pid_t wanted)
    {
        std::size_t count = 0;
        for (const pid_t pid : processesWithParent(parent))
            if (pid == wanted) ++count;
        return count;
    }

    static void endWell(SpawnerProcess& spawner)
    {
        spawner.hangUp();
        CPPUNIT_ASSERT(spawner.end().success());
        assertNobodyLeft();
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(SpawnTest);

}  // namespace clustermanager::test
