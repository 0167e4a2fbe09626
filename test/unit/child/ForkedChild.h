#pragma once

#include <cppunit/extensions/HelperMacros.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "base/Signals.h"
#include "child/ChildMain.h"
#include "clustermanager/plugin.h"
#include "link/Link.h"

/// A real child process, with the test as its master.
class ForkedChild
{
public:
    struct Setup
    {
        clustermanager::link::GenerationPlan plan;
        std::function<int(cm_context*)> runChild;  // empty: the plugin at plan.pluginPath
        std::function<int(cm_context*)> runMaster = {};
        clustermanager::ChildId id = kId;
        std::uint32_t restarts = 0;
        std::uint8_t logLevel = CM_LOG_INFO;
        std::optional<clustermanager::child::Identity> before;  // another one was introduced first
        bool standBy = false;                                   // it was a spare
    };

    static constexpr int kDeadlineMs = 20'000;
    static constexpr clustermanager::StartNumber kStart{77};
    static constexpr clustermanager::ChildId kId{3};

    explicit ForkedChild(Setup setup)
    {
        auto pair = clustermanager::link::makeLinkPair();
        CPPUNIT_ASSERT(pair.ok());
        _pid = ::fork();
        CPPUNIT_ASSERT(_pid >= 0);
        if (_pid == 0)
        {
            pair.value().ours.reset();
            live(std::move(setup), std::move(pair.value().theirs));
        }
        _link = clustermanager::link::Link(std::move(pair.value().ours));
    }

    ~ForkedChild()
    {
        if (_pid <= 0) return;
        (void)::kill(_pid, SIGKILL);
        (void)::waitpid(_pid, nullptr, 0);
    }
    ForkedChild(const ForkedChild&) = delete;
    ForkedChild& operator=(const ForkedChild&) = delete;

    pid_t pid() const { return _pid; }

    template <class Message>
    void tell(const Message& message)
    {
        const auto result = _link.sendMessage(clustermanager::link::ToChild(message));
        CPPUNIT_ASSERT(result == clustermanager::link::Link::SendResult::Taken);
    }

    void closeLink() { _link.close(); }

    /// The next message of that kind; those before it are forgotten.
    template <class Message>
    Message expect()
    {
        for (;;)
        {
            pollfd event{_link.fd(), POLLIN, 0};
            CPPUNIT_ASSERT_MESSAGE("the child says nothing", ::poll(&event, 1, kDeadlineMs) == 1);
            clustermanager::link::Link::Received received = _link.receive();
            const auto* packet = std::get_if<clustermanager::link::Link::Packet>(&received);
            CPPUNIT_ASSERT_MESSAGE("the child has gone", packet != nullptr);
            auto decoded = clustermanager::link::decode<clustermanager::link::FromChild>(
                packet->bytes.data(), packet->bytes.size());
            auto* message = std::get_if<clustermanager::link::FromChild>(&decoded);
            CPPUNIT_ASSERT(message != nullptr);
            ++_heard[message->index()];
            if (auto* wanted = std::get_if<Message>(message)) return std::move(*wanted);
        }
    }

    /// How many of that kind have come so far, wanted or not.
    template <class Message>
    int heard() const
    {
        const auto found = _heard.find(clustermanager::link::FromChild(Message{}).index());
        return found == _heard.end() ? 0 : found->second;
    }

    /// The raw wait status.
    int waitForEnd()
    {
        const int pidfd = static_cast<int>(::syscall(SYS_pidfd_open, _pid, 0));
        CPPUNIT_ASSERT(pidfd >= 0);
        pollfd event{pidfd, POLLIN, 0};
        const int ready = ::poll(&event, 1, kDeadlineMs);
        (void)::close(pidfd);
        CPPUNIT_ASSERT_MESSAGE("the child does not end", ready == 1);
        int status = 0;
        const pid_t pid = std::exchange(_pid, -1);
        CPPUNIT_ASSERT_EQUAL(pid, ::waitpid(pid, &status, 0));
        return status;
    }

    int exitCode()
    {
        const int status = waitForEnd();
        CPPUNIT_ASSERT_MESSAGE("killed by a signal", WIFEXITED(status));
        return WEXITSTATUS(status);
    }

private:
    [[noreturn]] static void live(Setup setup, clustermanager::FileDescriptor link)
    {
        using namespace clustermanager;
        (void)::setpgid(0, 0);
        resetDispositions();  // as the spawner has them; a sanitizer has handlers of its own
        (void)::alarm(60);    // never outlives a test that went wrong
        FileDescriptor file;
        std::optional<child::Program> embedded;
        if (setup.runChild)
            embedded = child::Program{std::move(setup.runChild), std::move(setup.runMaster)};
        else
            file.reset(::open(setup.plan.pluginPath.c_str(), O_RDONLY | O_CLOEXEC));
        const ChildId id = setup.id;
        const std::uint32_t restarts = setup.restarts;
        const std::uint8_t level = setup.logLevel;
        child::Workshop workshop(std::move(setup.plan), std::move(file), std::move(embedded));
        workshop.prepare();
        if (setup.before) workshop.introduce(*setup.before);
        if (setup.standBy) workshop.standBy();
        workshop.introduce({kStart, id, 2, restarts, level});
        workshop.run(std::move(link));
    }

    pid_t _pid = -1;
    clustermanager::link::Link _link;
    std::map<std::size_t, int> _heard;  // by the message's index in FromChild
};
