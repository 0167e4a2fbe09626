#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "clustermanager/plugin.h"

namespace clustermanager::plugin {

/// The messages that wait for the plugin, and the receiver it has set for them.
///
/// Threading: put() and setReceiver() from any thread; deliverOne() from one at a time.
class Mailbox
{
public:
    static constexpr std::size_t kMessagesMax = 256;

    /// `ofOneSender`: the most that may wait of one, so that the others have room as well.
    explicit Mailbox(std::size_t ofOneSender = kMessagesMax) : _ofOneSender(ofOneSender) {}

    /// False: so many are waiting already.
    bool put(std::int32_t from, std::string data);

    /// On return no call to the receiver before is under way or will come, so that what its argument refers
    /// to may go: a call on another thread is waited for. `receiver` may be null: messages wait then.
    void setReceiver(cm_message_callback receiver, void* argument);

    /// No message is delivered from now on. Does not wait for a call that is under way.
    void close();

    /// Whether there is a message and somebody to take it.
    bool deliverable() const;

    /// Calls the receiver with the oldest message, without a lock; passes on what it throws. False: there was
    /// none, or nobody to take it.
    bool deliverOne();

private:
    struct Message
    {
        std::int32_t from;
        std::string data;
    };

    /// However the receiver returns.
    class CallEnds
    {
    public:
        explicit CallEnds(Mailbox& mailbox) : _mailbox(mailbox) {}
        ~CallEnds();
        CallEnds(const CallEnds&) = delete;
        CallEnds& operator=(const CallEnds&) = delete;

    private:
        Mailbox& _mailbox;
    };

    bool deliverableLocked() const { return _receiver != nullptr && !_messages.empty(); }

    const std::size_t _ofOneSender;
    mutable std::mutex _mutex;  // guards all that follows
    std::condition_variable _callEnded;
    std::optional<std::thread::id> _caller;  // the thread of the call under way
    std::uint64_t _calls = 0;                // begun so far
    bool _closed = false;
    cm_message_callback _receiver = nullptr;
    void* _argument = nullptr;
    std::deque<Message> _messages;
};

}  // namespace clustermanager::plugin
