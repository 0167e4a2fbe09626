#pragma once

#include <Poco/Channel.h>

#include <mutex>
#include <string>

namespace clustermanager::child {

/// What stands before a channel that an operator has configured:
///
///  - no text forges a record or speaks to a terminal: what passes is plainLogText();
///  - whoever logs is not thrown at: a record that the channel refuses is counted as lost;
///  - Poco's files can be opened again while others log, which Poco's FileChannel alone does not survive.
///
/// Any thread.
class GuardedChannel : public Poco::Channel
{
public:
    /// `target` ends in `sink`, or is it.
    GuardedChannel(Poco::Channel::Ptr target, const Poco::Channel::Ptr& sink);

    void log(const Poco::Message& message) override;
    void open() override { _target->open(); }
    void close() override { _target->close(); }
    void setProperty(const std::string& name, const std::string& value) override
    {
        _target->setProperty(name, value);
    }
    std::string getProperty(const std::string& name) const override { return _target->getProperty(name); }

    /// Where it ends in a file: the next record opens that again by its path.
    void reopen();

protected:
    ~GuardedChannel() override = default;

private:
    void pass(const Poco::Message& message);

    Poco::Channel::Ptr _target;
    bool _isPocoFile;
    bool _isFile;
    std::mutex _mutex;  // of a file of Poco's alone, which has its own as well: nobody waits longer for it
};

}  // namespace clustermanager::child
