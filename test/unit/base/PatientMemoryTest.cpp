/// Goal: a thread that is patient gets through a lack of memory; any other is told of it at once, as it was
/// before.
/// Method: what `new` calls where it finds no memory is called by hand; once there is none indeed, in a
/// process with a limit that an alarm lifts.

#include <cppunit/extensions/HelperMacros.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include <csignal>
#include <cstddef>
#include <new>
#include <thread>

#include "base/PatientMemory.h"
#include "base/Sanitizers.h"
#include "unit/base/InForkedProcess.h"

namespace clustermanager {

using test::inForkedProcess;

namespace {

/// `new` in a thread without memory, up to its next try. Whether there is one.
bool triesAgain()
{
    try
    {
        std::get_new_handler()();
        return true;
    }
    catch (const std::bad_alloc&)
    {
        return false;
    }
}

rlimit addressSpace()
{
    rlimit space{};
    (void)::getrlimit(RLIMIT_AS, &space);
    return space;
}

void liftLimit(int)
{
    rlimit space = addressSpace();
    space.rlim_cur = space.rlim_max;
    (void)::setrlimit(RLIMIT_AS, &space);
}

}  // namespace

class PatientMemoryTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(PatientMemoryTest);
    CPPUNIT_TEST(isUsedUpPieceByPiece);
    CPPUNIT_TEST(isFilledUpAgain);
    CPPUNIT_TEST(waitsWhenItIsUsedUp);
    CPPUNIT_TEST(isForOneThreadAlone);
    CPPUNIT_TEST(mayHaveNothingLaidAside);
    CPPUNIT_TEST(endsWithTheObject);
    CPPUNIT_TEST(getsThroughALackOfMemory);
    CPPUNIT_TEST_SUITE_END();

    static constexpr auto kSome = PatientMemory::Reserve::Some;
    static constexpr Millis kNone{0};
    static constexpr Millis kLong{3'600'000};

    static void useUp()
    {
        for (std::size_t i = 0; i < PatientMemory::kPieces; ++i) CPPUNIT_ASSERT(triesAgain());
    }

public:
    void isUsedUpPieceByPiece()
    {
        const PatientMemory patient(kSome, kNone);
        useUp();
        CPPUNIT_ASSERT(!triesAgain());
    }

    void isFilledUpAgain()
    {
        PatientMemory patient(kSome, kNone);
        CPPUNIT_ASSERT(!patient.refill());
        for (int i = 0; i < 3; ++i)
        {
            useUp();
            CPPUNIT_ASSERT(patient.refill().has_value());
            CPPUNIT_ASSERT(!patient.refill());
        }
    }

    void waitsWhenItIsUsedUp()
    {
        const PatientMemory patient(kSome, kLong);
        useUp();
        for (int i = 0; i < 3; ++i) CPPUNIT_ASSERT(triesAgain());
    }

    void isForOneThreadAlone()
    {
        const PatientMemory patient(kSome, kLong);
        bool again = true;
        std::thread([&again] { again = triesAgain(); }).join();
        CPPUNIT_ASSERT(!again);
        useUp();
    }

    void mayHaveNothingLaidAside()
    {
        PatientMemory patient(PatientMemory::Reserve::None, kLong);
        for (int i = 0; i < 3; ++i) CPPUNIT_ASSERT(triesAgain());
        CPPUNIT_ASSERT(!patient.refill());
    }

    void endsWithTheObject()
    {
        {
            const PatientMemory patient(kSome, kLong);
        }
        CPPUNIT_ASSERT(!triesAgain());
    }

    void getsThroughALackOfMemory()
    {
        if (kSanitized) return;
        CPPUNIT_ASSERT_EQUAL(0, inForkedProcess([] {
                                 // More than what another thread may have laid aside.
                                 constexpr std::size_t kMuch = std::size_t{128} * 1024 * 1024;
                                 const int nowhere = ::open("/dev/null", O_WRONLY);
                                 (void)::dup2(nowhere, STDERR_FILENO);
                                 PatientMemory patient(kSome, kLong);
                                 (void)std::signal(SIGALRM, &liftLimit);
                                 const itimerval soon{{0, 0}, {0, 50'000}};
                                 (void)::setitimer(ITIMER_REAL, &soon, nullptr);
                                 rlimit none = addressSpace();
                                 none.rlim_cur = 1;
                                 (void)::setrlimit(RLIMIT_AS, &none);
                                 ::operator delete(::operator new(kMuch));  // no compiler leaves these out
                                 return patient.refill() ? 0 : 1;
                             }));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(PatientMemoryTest);

}  // namespace clustermanager
