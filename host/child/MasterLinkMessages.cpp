#include <string>
#include <utility>

#include "child/MasterLink.h"

/// The messages of the plugin's own, to and from its run_master.
namespace clustermanager::child {

int MasterLink::sendMessage(std::int32_t to, const void* data, std::size_t size)
{
    if (size > CM_MESSAGE_MAX || (data == nullptr && size != 0)) return CM_INVALID;
    link::PluginMessage message{to, std::string(static_cast<const char*>(data), size)};
    switch (send(std::move(message)))
    {
    case link::Link::SendResult::Taken: return CM_OK;
    case link::Link::SendResult::Full: return CM_FULL;
    case link::Link::SendResult::Gone: break;
    }
    return CM_GONE;
}

int MasterLink::onMessage(cm_message_callback callback, void* argument)
{
    _mailbox.setReceiver(callback, argument);
    wake();  // for the messages that came before
    return CM_OK;
}

void MasterLink::deliverMessages()
{
    while (_mailbox.deliverOne())
    {}
}

}  // namespace clustermanager::child
