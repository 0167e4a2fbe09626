#include "child/GuardedChannel.h"

#include <Poco/FileChannel.h>
#include <Poco/Message.h>
#include <Poco/SimpleFileChannel.h>

#include <utility>

#include "child/ChildFileChannel.h"
#include "child/LogLosses.h"
#include "child/LogText.h"

namespace clustermanager::child {

GuardedChannel::GuardedChannel(Poco::Channel::Ptr target, const Poco::Channel::Ptr& sink)
    : _target(std::move(target)),
      _isPocoFile(dynamic_cast<const Poco::FileChannel*>(sink.get()) != nullptr ||
                  dynamic_cast<const Poco::SimpleFileChannel*>(sink.get()) != nullptr),
      _isFile(_isPocoFile || dynamic_cast<const ChildFileChannel*>(sink.get()) != nullptr)
{}

void GuardedChannel::log(const Poco::Message& message)
{
    try
    {
        const bool plain = isPlainLogText(message.getText()) && isPlainLogText(message.getSource()) &&
                           isPlainLogText(message.getThread());
        if (plain) return pass(message);
        Poco::Message copy(message, plainLogText(message.getText()));
        copy.setSource(plainLogText(message.getSource()));
        copy.setThread(plainLogText(message.getThread()));
        pass(copy);
    }
    catch (...)
    {
        LogLosses::add();
    }
}

void GuardedChannel::pass(const Poco::Message& message)
{
    if (!_isPocoFile) return _target->log(message);
    const std::lock_guard lock(_mutex);
    _target->log(message);
}

void GuardedChannel::reopen()
{
    if (!_isFile) return;
    const std::lock_guard lock(_mutex);
    _target->close();
}

}  // namespace clustermanager::child
