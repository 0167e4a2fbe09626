#include "plugin/Mailbox.h"

#include <algorithm>
#include <utility>

namespace clustermanager::plugin {

bool Mailbox::put(std::int32_t from, std::string data)
{
    const std::lock_guard lock(_mutex);
    if (_messages.size() == kMessagesMax) return false;
    const auto ofSender = std::count_if(_messages.begin(), _messages.end(),
                                        [from](const Message& message) { return message.from == from; });
    if (static_cast<std::size_t>(ofSender) >= _ofOneSender) return false;
    _messages.push_back({from, std::move(data)});
    return true;
}

void Mailbox::setReceiver(cm_message_callback receiver, void* argument)
{
    std::unique_lock lock(_mutex);
    if (!_closed)
    {
        _receiver = receiver;
        _argument = argument;
    }
    // A receiver that sets another is the call under way itself.
    if (_caller == std::this_thread::get_id()) return;
    _callEnded.wait(lock, [this, present = _calls] { return !_caller || _calls != present; });
}

void Mailbox::close()
{
    const std::lock_guard lock(_mutex);
    _closed = true;
    _receiver = nullptr;
}

bool Mailbox::deliverable() const
{
    const std::lock_guard lock(_mutex);
    return deliverableLocked();
}

bool Mailbox::deliverOne()
{
    std::unique_lock lock(_mutex);
    if (!deliverableLocked()) return false;
    const Message message = std::move(_messages.front());
    _messages.pop_front();
    const cm_message_callback receiver = _receiver;
    void* const argument = _argument;
    _caller = std::this_thread::get_id();
    ++_calls;
    lock.unlock();
    const CallEnds ends{*this};
    receiver(argument, message.from, message.data.data(), message.data.size());
    return true;
}

Mailbox::CallEnds::~CallEnds()
{
    {
        const std::lock_guard lock(_mailbox._mutex);
        _mailbox._caller.reset();
    }
    _mailbox._callEnded.notify_all();
}

}  // namespace clustermanager::plugin
