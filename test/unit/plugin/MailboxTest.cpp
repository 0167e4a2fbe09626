/// Goal: messages reach the receiver of the moment in order, one at a time, and none that was taken away.
/// Method: a test delivers from a thread of its own and holds the receiver where it wants it.

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <atomic>
#include <future>
#include <stdexcept>
#include <string>
#include <thread>

#include "plugin/Mailbox.h"

using namespace clustermanager::plugin;

namespace {

void append(void* text, std::int32_t from, const void* data, std::size_t size)
{
    *static_cast<std::string*>(text) +=
        std::to_string(from) + ":" + std::string(static_cast<const char*>(data), size) + " ";
}

/// A receiver that stays in its first call until it may go.
struct Slow
{
    std::atomic<int> calls{0};
    std::promise<void> entered;
    std::promise<void> mayGo;
    std::atomic<bool> left{false};

    static void receive(void* self, std::int32_t, const void*, std::size_t)
    {
        auto& slow = *static_cast<Slow*>(self);
        if (slow.calls++ > 0) return;
        slow.entered.set_value();
        slow.mayGo.get_future().wait();
        slow.left = true;
    }
};

}  // namespace

class MailboxTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(MailboxTest);
    CPPUNIT_TEST(messagesWaitForAReceiver);
    CPPUNIT_TEST(thereIsALimitOfMessages);
    CPPUNIT_TEST(oneSenderLeavesRoomForOthers);
    CPPUNIT_TEST(aReceiverIsTakenAwayWhenItsCallHasEnded);
    CPPUNIT_TEST(theNextReceiverIsNotWaitedFor);
    CPPUNIT_TEST(aReceiverMayReplaceItself);
    CPPUNIT_TEST(aReceiverThatThrowsHasEndedItsCall);
    CPPUNIT_TEST(aClosedMailboxDeliversNothing);
    CPPUNIT_TEST(closingDoesNotWait);
    CPPUNIT_TEST_SUITE_END();

    Mailbox _mailbox;
    std::string _text;

    void deliverAll()
    {
        while (_mailbox.deliverOne())
        {}
    }

    void messagesWaitForAReceiver()
    {
        CPPUNIT_ASSERT(_mailbox.put(1, "a") && _mailbox.put(2, "b"));
        CPPUNIT_ASSERT(!_mailbox.deliverable() && !_mailbox.deliverOne());
        _mailbox.setReceiver(&append, &_text);
        CPPUNIT_ASSERT(_mailbox.deliverable());
        deliverAll();
        CPPUNIT_ASSERT(!_mailbox.deliverable());
        CPPUNIT_ASSERT_EQUAL(std::string("1:a 2:b "), _text);
    }

    void thereIsALimitOfMessages()
    {
        for (std::size_t i = 0; i < Mailbox::kMessagesMax; ++i) CPPUNIT_ASSERT(_mailbox.put(1, "x"));
        CPPUNIT_ASSERT(!_mailbox.put(1, "x"));
        _mailbox.setReceiver(&append, &_text);
        CPPUNIT_ASSERT(_mailbox.deliverOne());
        CPPUNIT_ASSERT(_mailbox.put(1, "x"));
    }

    void oneSenderLeavesRoomForOthers()
    {
        Mailbox fair(2);
        CPPUNIT_ASSERT(fair.put(1, "a") && fair.put(1, "b") && !fair.put(1, "c"));
        CPPUNIT_ASSERT(fair.put(2, "d"));
        fair.setReceiver(&append, &_text);
        CPPUNIT_ASSERT(fair.deliverOne());
        CPPUNIT_ASSERT(fair.put(1, "e") && !fair.put(1, "f"));
        while (fair.deliverOne())
        {}
        CPPUNIT_ASSERT_EQUAL(std::string("1:a 1:b 2:d 1:e "), _text);
    }

    void aReceiverIsTakenAwayWhenItsCallHasEnded()
    {
        Slow slow;
        _mailbox.setReceiver(&Slow::receive, &slow);
        CPPUNIT_ASSERT(_mailbox.put(1, "first") && _mailbox.put(1, "second"));
        std::thread runtime([this] { deliverAll(); });
        slow.entered.get_future().wait();
        std::atomic<bool> hadLeft{false};
        std::thread plugin([&] {
            _mailbox.setReceiver(nullptr, nullptr);
            hadLeft = slow.left.load();
        });
        while (_mailbox.deliverable()) std::this_thread::yield();  // it waits for the call now
        slow.mayGo.set_value();
        plugin.join();
        runtime.join();
        CPPUNIT_ASSERT(hadLeft);
        _mailbox.setReceiver(&append, &_text);
        deliverAll();
        CPPUNIT_ASSERT_EQUAL(std::string("1:second "), _text);
    }

    /// Who sets a receiver may be the one that this receiver waits for. Mostly it is set in time for the
    /// second message.
    void theNextReceiverIsNotWaitedFor()
    {
        for (int round = 0; round < 50; ++round)
        {
            Mailbox mailbox;
            Slow first;
            Slow second;
            mailbox.setReceiver(&Slow::receive, &first);
            CPPUNIT_ASSERT(mailbox.put(1, "first") && mailbox.put(1, "second"));
            std::thread runtime([&] {
                while (mailbox.deliverOne())
                {}
            });
            first.entered.get_future().wait();
            std::thread plugin([&] {
                mailbox.setReceiver(&Slow::receive, &second);
                second.mayGo.set_value();
            });
            first.mayGo.set_value();
            plugin.join();
            runtime.join();
            CPPUNIT_ASSERT(first.left);
        }
    }

    void aReceiverMayReplaceItself()
    {
        struct Both
        {
            Mailbox& mailbox;
            std::string& text;
        } both{_mailbox, _text};
        _mailbox.setReceiver(
            [](void* self, std::int32_t, const void*, std::size_t) {
                auto& [mailbox, text] = *static_cast<Both*>(self);
                mailbox.setReceiver(&append, &text);
            },
            &both);
        CPPUNIT_ASSERT(_mailbox.put(1, "a") && _mailbox.put(1, "b"));
        deliverAll();
        CPPUNIT_ASSERT_EQUAL(std::string("1:b "), _text);
    }

    void aReceiverThatThrowsHasEndedItsCall()
    {
        _mailbox.setReceiver(
            [](void*, std::int32_t, const void*, std::size_t) { throw std::runtime_error("no"); }, nullptr);
        CPPUNIT_ASSERT(_mailbox.put(1, "a") && _mailbox.put(1, "b"));
        CPPUNIT_ASSERT_THROW(_mailbox.deliverOne(), std::runtime_error);
        std::thread([this] { _mailbox.setReceiver(&append, &_text); }).join();
        deliverAll();
        CPPUNIT_ASSERT_EQUAL(std::string("1:b "), _text);
    }

    void aClosedMailboxDeliversNothing()
    {
        _mailbox.setReceiver(&append, &_text);
        CPPUNIT_ASSERT(_mailbox.put(1, "a"));
        _mailbox.close();
        CPPUNIT_ASSERT(!_mailbox.deliverOne());
        _mailbox.setReceiver(&append, &_text);
        CPPUNIT_ASSERT(!_mailbox.deliverOne());
    }

    void closingDoesNotWait()
    {
        Slow slow;
        _mailbox.setReceiver(&Slow::receive, &slow);
        CPPUNIT_ASSERT(_mailbox.put(1, "a"));
        std::thread runtime([this] { deliverAll(); });
        slow.entered.get_future().wait();
        _mailbox.close();
        CPPUNIT_ASSERT(!slow.left);
        slow.mayGo.set_value();
        runtime.join();
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(MailboxTest);
