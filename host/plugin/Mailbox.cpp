#include "plugin/Mailbox.h"

#include <utility>

namespace clustermanager::plugin {

bool Mailbox::put(std::int32_t from, std::string data)
{
    const std::lock_guard lock(_mutex);
    if (_messages.size() == kMessagesMax) return false;
    std::size_t& waiting = _waiting[from];
    if (waiting == _ofOneSender) return false;
    _messages.push_back({from, std::move(data)});
    ++waiting;
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
    if (--_waiting[message.from] == 0) _waiting.erase(message.from);
    const cm_message_callback receiver = _receiver;
    void* const argument = _argument;
    _caller = std::this_thread::get_id();
    ++_calls;
    lock.unlock();
    try
    {
        receiver(argument, message.from, message.data.data(), message.data.size());
    }
    catch (...)
    {
        callEnded();
        throw;
    }
    callEnded();
    return true;
}

void Mailbox::callEnded()
{
    {
        const std::lock_guard lock(_mutex);
        _caller.reset();
    }
    _callEnded.notify_all();
}

}  // namespace clustermanager::plugin
