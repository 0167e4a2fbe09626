/// Goal: when a spawner dies, every start it owed an answer is still answered, and its children are reaped
/// with their real status; nobody else's dead are touched. Method: real processes, forked by the test, which
/// is their parent as the master would be.
#include <cppunit/extensions/HelperMacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "unit/runtime/TableBed.h"

namespace clustermanager::runtime::test {

namespace {

/// A process that does nothing until it is killed, or ends at once with a code.
class Process
{
public:
    explicit Process(std::optional<int> exitCode = std::nullopt) : _pid(::fork())
    {
        if (_pid == 0)
        {
            (void)::setpgid(0, 0);
            if (exitCode) ::_exit(*exitCode);
            (void)::alarm(60);
            for (;;) ::pause();
        }
        CPPUNIT_ASSERT(_pid > 0);
        (void)::setpgid(_pid, _pid);
        if (exitCode) awaitDeath();
    }
    ~Process()
    {
        if (!isOurs()) return;
        (void)::kill(_pid, SIGKILL);
        (void)::waitpid(_pid, nullptr, 0);
    }
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    pid_t pid() const { return _pid; }

    void kill(int signal) const
    {
        CPPUNIT_ASSERT_EQUAL(0, ::kill(_pid, signal));
        awaitDeath();
    }

    /// Until it is dead. It stays a zombie, where nobody has reaped it already.
    void awaitDeath() const
    {
        siginfo_t info = {};
        const int result = ::waitid(P_PID, static_cast<id_t>(_pid), &info, WEXITED | WNOWAIT);
        CPPUNIT_ASSERT(result == 0 || errno == ECHILD);
    }

    /// False once it was reaped.
    bool isOurs() const
    {
        siginfo_t info = {};
        return ::waitid(P_PID, static_cast<id_t>(_pid), &info, WEXITED | WNOWAIT | WNOHANG) == 0;
    }

    bool isAlive() const
    {
        siginfo_t info = {};
        return ::waitid(P_PID, static_cast<id_t>(_pid), &info, WEXITED | WNOWAIT | WNOHANG) == 0 &&
               info.si_pid == 0;
    }

private:
    pid_t _pid;
};

}  // namespace

class LostSpawnerTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(LostSpawnerTest);
    CPPUNIT_TEST(knownChildIsAdoptedAndReapedWithItsStatus);
    CPPUNIT_TEST(childThatDiedBeforeItsSpawnerIsReapedAtOnce);
    CPPUNIT_TEST(childReapedByItsDyingSpawnerEndsUnknown);
    CPPUNIT_TEST(helloAfterTheSpawnersDeathAdopts);
    CPPUNIT_TEST(helloOfAChildThatIsDeadAlreadyIsABirthAndAnEnd);
    CPPUNIT_TEST(endOfFileAfterTheSpawnersDeathIsAFailedSpawn);
    CPPUNIT_TEST(endOfFileBeforeTheSpawnersDeathIsAFailedSpawn);
    CPPUNIT_TEST(killThatWasOrderedIsCarriedOutOnAdoption);
    CPPUNIT_TEST(nobodyElseIsKilledForAWrongNumber);
    CPPUNIT_TEST(aHelloWithAWrongNumberIsNone);
    CPPUNIT_TEST(childrenOfOtherGenerationsAreLeftAlone);
    CPPUNIT_TEST(strangersAreReapedAndNobodyElse);
    CPPUNIT_TEST_SUITE_END();

    static constexpr StartNumber kStart{11};

    TableBed _bed;
    Peer _peer = _bed.open(11, 2);

    void spawnerDies() { _bed.table.adopt(TableBed::kGeneration); }

    void knownChildIsAdoptedAndReapedWithItsStatus()
    {
        const Process child;
        _bed.table.spawned(kStart, child.pid());
        spawnerDies();
        _bed.table.reapAdopted();
        CPPUNIT_ASSERT(_bed.told<core::Exited>().empty());
        _peer.say(link::Ready{});
        _bed.turn();
        CPPUNIT_ASSERT(_bed.toldOnce<core::BecameReady>().start == kStart);

        child.kill(SIGTERM);
        _bed.table.reapAdopted();
        const auto exited = _bed.toldOnce<core::Exited>();
        CPPUNIT_ASSERT(exited.status.kind == ExitStatus::Kind::Signaled);
        CPPUNIT_ASSERT_EQUAL(SIGTERM, exited.status.number);
        CPPUNIT_ASSERT(!child.isOurs());
    }

    void childThatDiedBeforeItsSpawnerIsReapedAtOnce()
    {
        const Process child(42);
        _bed.table.spawned(kStart, child.pid());
        _peer.say(link::Farewell{"I am off"});
        _peer.close();
        spawnerDies();
        const auto exited = _bed.toldOnce<core::Exited>();
        CPPUNIT_ASSERT_EQUAL(42, exited.status.number);
        CPPUNIT_ASSERT_EQUAL(std::string("I am off"), exited.reason);
    }

    void childReapedByItsDyingSpawnerEndsUnknown()
    {
        pid_t gone = 0;
        {
            const Process child(0);
            gone = child.pid();
        }
        _bed.table.spawned(kStart, gone);
        spawnerDies();
        CPPUNIT_ASSERT(_bed.toldOnce<core::Exited>().status.kind == ExitStatus::Kind::Unknown);
    }

    void helloAfterTheSpawnersDeathAdopts()
    {
        const Process child;
        spawnerDies();
        CPPUNIT_ASSERT_MESSAGE("silence is no answer", _bed.events.empty());
        _peer.say(link::Hello{kStart, child.pid()});
        _bed.turn();
        CPPUNIT_ASSERT_EQUAL(child.pid(), _bed.toldOnce<core::Spawned>().pid);
        child.kill(SIGKILL);
        _bed.table.reapAdopted();
        CPPUNIT_ASSERT_EQUAL(SIGKILL, _bed.toldOnce<core::Exited>().status.number);
    }

    void helloOfAChildThatIsDeadAlreadyIsABirthAndAnEnd()
    {
        const Process child(3);
        spawnerDies();
        _peer.say(link::Hello{kStart, child.pid()});
        _peer.close();
        _bed.turn();
        CPPUNIT_ASSERT_EQUAL(child.pid(), _bed.toldOnce<core::Spawned>().pid);
        CPPUNIT_ASSERT_EQUAL(3, _bed.toldOnce<core::Exited>().status.number);
        CPPUNIT_ASSERT(!child.isOurs());
    }

    void endOfFileAfterTheSpawnersDeathIsAFailedSpawn()
    {
        spawnerDies();
        _peer.close();
        _bed.turn();
        CPPUNIT_ASSERT(_bed.toldOnce<core::SpawnFailed>().start == kStart);
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, _bed.table.size());
    }

    void endOfFileBeforeTheSpawnersDeathIsAFailedSpawn()
    {
        _peer.close();
        _bed.turn();
        CPPUNIT_ASSERT(_bed.events.empty());
        spawnerDies();
        CPPUNIT_ASSERT(_bed.toldOnce<core::SpawnFailed>().start == kStart);
    }

    void killThatWasOrderedIsCarriedOutOnAdoption()
    {
        const Process child;
        _bed.table.find(kStart)->killOrdered = true;
        spawnerDies();
        // To kill(2), these would be many processes.
        for (const pid_t pid : {1, 0, -1}) _peer.say(link::Hello{kStart, pid});
        _peer.say(link::Hello{kStart, child.pid()});
        _bed.turn();
        child.awaitDeath();
        _bed.table.reapAdopted();
        CPPUNIT_ASSERT_EQUAL(SIGKILL, _bed.toldOnce<core::Exited>().status.number);
    }

    /// A spawner runs the plugin's code, and may name whom it likes.
    void nobodyElseIsKilledForAWrongNumber()
    {
        const Process spawner;
        const Process another;
        _bed.spawners.insert(spawner.pid());
        _bed.foreign.insert(another.pid());
        const pid_t strangers[] = {::getpid(), ::getppid(), spawner.pid(), another.pid()};
        std::uint64_t start = 20;
        std::vector<Peer> peers;
        for (const pid_t pid : strangers)
        {
            ++start;
            peers.push_back(_bed.open(start, static_cast<std::uint32_t>(start)));
            _bed.table.spawned(StartNumber{start}, pid);
            _bed.table.find(StartNumber{start})->killOrdered = true;
        }
        spawnerDies();
        CPPUNIT_ASSERT_EQUAL(std::size(strangers), _bed.told<core::Exited>().size());
        CPPUNIT_ASSERT(spawner.isAlive() && another.isAlive());
    }

    void aHelloWithAWrongNumberIsNone()
    {
        const Process another;
        _bed.foreign.insert(another.pid());
        _bed.table.find(kStart)->killOrdered = true;
        spawnerDies();
        _peer.say(link::Hello{kStart, another.pid()});
        _bed.turn();
        CPPUNIT_ASSERT(_bed.told<core::Spawned>().empty());
        CPPUNIT_ASSERT(another.isAlive());
        const Process child;
        _peer.say(link::Hello{kStart, child.pid()});
        _bed.turn();
        CPPUNIT_ASSERT_EQUAL(child.pid(), _bed.toldOnce<core::Spawned>().pid);
    }

    void childrenOfOtherGenerationsAreLeftAlone()
    {
        const Process child(5);
        _bed.table.spawned(kStart, child.pid());
        _bed.table.adopt(GenerationId{2});
        _bed.table.reapAdopted();
        CPPUNIT_ASSERT(_bed.told<core::Exited>().empty());
        CPPUNIT_ASSERT(child.isOurs());
    }

    void strangersAreReapedAndNobodyElse()
    {
        {
            const Process stranger(1);
            _bed.table.reapStrangers();
            CPPUNIT_ASSERT(!stranger.isOurs());
        }
        const Process spawner(0);
        _bed.spawners.insert(spawner.pid());
        _bed.table.reapStrangers();
        CPPUNIT_ASSERT(spawner.isOurs());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LostSpawnerTest);

}  // namespace clustermanager::runtime::test
