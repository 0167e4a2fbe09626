/// Goal: whoever starts a daemon gets its verdict: exit code and sentence, also of one that dies without a
/// word, and not before the daemon serves. Method: a forked process becomes the first process of a daemon;
/// both report to the test through pipes.
#include <cppunit/extensions/HelperMacros.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <functional>
#include <string>

#include "app/DaemonStart.h"

namespace clustermanager::app::test {

namespace {

struct Pipe
{
    Pipe()
    {
        int ends[2] = {-1, -1};
        CPPUNIT_ASSERT_EQUAL(0, ::pipe2(ends, O_CLOEXEC));
        out.reset(ends[0]);
        in.reset(ends[1]);
    }

    FileDescriptor out;
    FileDescriptor in;
};

/// Up to the end of file: until everybody who could write has ended or closed.
std::string readAll(const FileDescriptor& file)
{
    std::string all;
    std::array<char, 4096> some{};
    for (ssize_t got = 0; (got = ::read(file.get(), some.data(), some.size())) > 0;)
        all.append(some.data(), static_cast<std::size_t>(got));
    return all;
}

/// A first process, and the daemon it becomes the starter of.
class Started
{
public:
    /// `daemon` runs in the daemon, which ends after it. What it returns can be read with report().
    explicit Started(const std::function<std::string(DaemonStart&)>& daemon)
    {
        _first = ::fork();
        CPPUNIT_ASSERT(_first >= 0);
        if (_first == 0) live(daemon);
        _stderr.in.reset();
        _report.in.reset();
    }
    ~Started()
    {
        if (_first <= 0) return;
        (void)::kill(_first, SIGKILL);
        (void)::waitpid(_first, nullptr, 0);
    }
    Started(const Started&) = delete;
    Started& operator=(const Started&) = delete;

    int exitCode()
    {
        int status = 0;
        const pid_t first = std::exchange(_first, 0);
        CPPUNIT_ASSERT_EQUAL(first, ::waitpid(first, &status, 0));
        CPPUNIT_ASSERT(WIFEXITED(status));
        return WEXITSTATUS(status);
    }
    bool hasLeft() const { return ::waitpid(_first, nullptr, WNOHANG) != 0; }
    void killFirst() const { (void)::kill(_first, SIGKILL); }
    std::string errors() { return readAll(_stderr.out); }

    /// What the daemon said, when it has ended.
    std::string report() { return readAll(_report.out); }

private:
    [[noreturn]] void live(const std::function<std::string(DaemonStart&)>& daemon)
    {
        (void)::alarm(60);
        (void)std::signal(SIGPIPE, SIG_IGN);  // as in the host
        (void)::dup2(_stderr.in.get(), STDERR_FILENO);
        _stderr.in.reset();
        DaemonStart start;
        (void)::alarm(60);  // is not inherited
        const std::string text = daemon(start);
        (void)!::write(_report.in.get(), text.data(), text.size());
        ::_exit(0);
    }

    Pipe _stderr;
    Pipe _report;
    pid_t _first = 0;
};

}  // namespace

class DaemonStartTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(DaemonStartTest);
    CPPUNIT_TEST(successIsZeroAndSilent);
    CPPUNIT_TEST(failureGivesItsCodeAndItsSentence);
    CPPUNIT_TEST(longSentenceIsCut);
    CPPUNIT_TEST(deathWithoutAWordIsAnError);
    CPPUNIT_TEST(daemonHasItsOwnSession);
    CPPUNIT_TEST(firstProcessWaitsForTheVerdict);
    CPPUNIT_TEST(daemonSurvivesItsStarter);
    CPPUNIT_TEST_SUITE_END();

    void successIsZeroAndSilent()
    {
        Started started([](DaemonStart& start) {
            start.succeeded();
            start.failed(70, "too late to matter");
            return "";
        });
        CPPUNIT_ASSERT_EQUAL(0, started.exitCode());
        CPPUNIT_ASSERT_EQUAL(std::string(), started.errors());
    }

    void failureGivesItsCodeAndItsSentence()
    {
        Started started([](DaemonStart& start) {
            start.failed(69, "listen.web: bind '127.0.0.1:80': taken");
            return "";
        });
        CPPUNIT_ASSERT_EQUAL(69, started.exitCode());
        CPPUNIT_ASSERT_EQUAL(std::string("clustermanager: listen.web: bind '127.0.0.1:80': taken\n"),
                             started.errors());
    }

    void longSentenceIsCut()
    {
        Started started([](DaemonStart& start) {
            start.failed(78, std::string(1'000'000, 'x'));
            return "";
        });
        CPPUNIT_ASSERT_EQUAL(78, started.exitCode());
        CPPUNIT_ASSERT_EQUAL(std::size_t{4096}, started.errors().size());
    }

    void deathWithoutAWordIsAnError()
    {
        Started started([](DaemonStart&) -> std::string {
            (void)::raise(SIGKILL);
            return "";
        });
        CPPUNIT_ASSERT_EQUAL(71, started.exitCode());
        CPPUNIT_ASSERT_EQUAL(std::string("clustermanager: the daemon ended before it could serve\n"),
                             started.errors());
    }

    void daemonHasItsOwnSession()
    {
        Started started([](DaemonStart& start) {
            start.succeeded();
            std::array<char, 64> folder{};
            const bool leads = ::getsid(0) == ::getpid() && ::getpgrp() == ::getpid();
            const bool inRoot = ::getcwd(folder.data(), folder.size()) != nullptr && folder[1] == '\0';
            std::array<char, 64> output{};
            (void)!::readlink("/proc/self/fd/2", output.data(), output.size() - 1);
            return std::string(leads ? "leads" : "led") + (inRoot ? " in /" : " elsewhere") + ", to " +
                   output.data();
        });
        CPPUNIT_ASSERT_EQUAL(0, started.exitCode());
        CPPUNIT_ASSERT_EQUAL(std::string("leads in /, to /dev/null"), started.report());
    }

    void firstProcessWaitsForTheVerdict()
    {
        Pipe go;
        Pipe here;
        Started started([&](DaemonStart& start) {
            char byte = 0;
            (void)!::write(here.in.get(), "h", 1);
            (void)!::read(go.out.get(), &byte, 1);
            start.succeeded();
            return "";
        });
        char byte = 0;
        CPPUNIT_ASSERT_EQUAL(ssize_t{1}, ::read(here.out.get(), &byte, 1));
        CPPUNIT_ASSERT(!started.hasLeft());
        CPPUNIT_ASSERT_EQUAL(ssize_t{1}, ::write(go.in.get(), "g", 1));
        CPPUNIT_ASSERT_EQUAL(0, started.exitCode());
    }

    void daemonSurvivesItsStarter()
    {
        Pipe go;
        Pipe here;
        Started started([&](DaemonStart& start) -> std::string {
            char byte = 0;
            (void)!::write(here.in.get(), "h", 1);
            (void)!::read(go.out.get(), &byte, 1);
            start.succeeded();
            return "lives";
        });
        char byte = 0;
        CPPUNIT_ASSERT_EQUAL(ssize_t{1}, ::read(here.out.get(), &byte, 1));
        started.killFirst();
        CPPUNIT_ASSERT_EQUAL(std::string(), started.errors());  // it has gone
        CPPUNIT_ASSERT_EQUAL(ssize_t{1}, ::write(go.in.get(), "g", 1));
        CPPUNIT_ASSERT_EQUAL(std::string("lives"), started.report());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(DaemonStartTest);

}  // namespace clustermanager::app::test
