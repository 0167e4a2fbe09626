#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <csignal>

#include "base/Signals.h"
#include "unit/base/InForkedProcess.h"

namespace clustermanager {

namespace {

bool isIgnored(int signal)
{
    struct sigaction action = {};
    return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace

/// Goal: signals arrive as values, and a child starts with none blocked or ignored but SIGPIPE.
/// Method: processes of their own that send signals to themselves.
class SignalsTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(SignalsTest);
    CPPUNIT_TEST(blockedSignalsAreReadFromTheDescriptor);
    CPPUNIT_TEST(theMaskIsExactlyWhatWasGiven);
    CPPUNIT_TEST(resetUndoesWhateverWasInherited);
    CPPUNIT_TEST(resettingDispositionsLetsNothingThrough);
    CPPUNIT_TEST_SUITE_END();

public:
    void blockedSignalsAreReadFromTheDescriptor()
    {
        CPPUNIT_ASSERT_EQUAL(1, test::inForkedProcess([] {
                                 const sigset_t both = signalSet({SIGTERM, SIGHUP});
                                 if (!setSignalMask(both)) return false;
                                 const Result<FileDescriptor> opened = openSignalFd(both);
                                 if (!opened || nextSignal(opened.value())) return false;
                                 (void)::raise(SIGTERM);
                                 const bool first = nextSignal(opened.value()) == SIGTERM;
                                 (void)::raise(SIGHUP);
                                 return first && nextSignal(opened.value()) == SIGHUP &&
                                        !nextSignal(opened.value());
                             }));
    }

    void theMaskIsExactlyWhatWasGiven()
    {
        CPPUNIT_ASSERT_EQUAL(1, test::inForkedProcess([] {
                                 if (!setSignalMask(signalSet({SIGHUP})) ||
                                     !setSignalMask(signalSet({SIGTERM})))
                                     return false;
                                 sigset_t mask;
                                 (void)::sigprocmask(SIG_SETMASK, nullptr, &mask);
                                 return sigismember(&mask, SIGTERM) == 1 && sigismember(&mask, SIGHUP) == 0;
                             }));
    }

    void resetUndoesWhateverWasInherited()
    {
        CPPUNIT_ASSERT_EQUAL(1, test::inForkedProcess([] {
                                 for (int signal = 1; signal < NSIG; ++signal)
                                     (void)::signal(signal, SIG_IGN);
                                 (void)::signal(SIGPIPE, SIG_DFL);
                                 sigset_t all;
                                 sigfillset(&all);
                                 (void)::sigprocmask(SIG_SETMASK, &all, nullptr);
                                 if (!resetSignals()) return false;

                                 sigset_t mask;
                                 (void)::sigprocmask(SIG_SETMASK, nullptr, &mask);
                                 bool good = isIgnored(SIGPIPE);
                                 for (int signal = 1; signal < SIGRTMIN; ++signal)
                                     good = good && sigismember(&mask, signal) != 1 &&
                                            (signal == SIGPIPE || !isIgnored(signal));
                                 return good;
                             }));
    }

    void resettingDispositionsLetsNothingThrough()
    {
        CPPUNIT_ASSERT_EQUAL(1, test::inForkedProcess([] {
                                 if (!setSignalMask(signalSet({SIGTERM}))) return false;
                                 (void)::raise(SIGTERM);
                                 resetDispositions();
                                 sigset_t pending;
                                 return ::sigpending(&pending) == 0 && sigismember(&pending, SIGTERM) == 1;
                             }));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(SignalsTest);

}  // namespace clustermanager
