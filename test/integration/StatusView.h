#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include <Poco/JSON/Object.h>

namespace clustermanager::integration {

struct ChildView
{
    int id = 0;
    pid_t pid = 0;
    std::string group;
    std::string state;
    unsigned restarts = 0;
    bool isRestart = false;
    unsigned index = 0;
    unsigned generation = 0;
    bool standsIn = false;
    Poco::JSON::Object::Ptr json;

    /// "exit code 3", "signal SIGSEGV", ... of the last end; "" before the first.
    std::string lastExit() const;
    /// What was known of its cause.
    std::string lastReason() const;
};

/// One answer of GET /. Reading it checks what must hold in every one: it parses, has its parts, and names
/// no child twice.
class StatusView
{
public:
    explicit StatusView(const std::string& json);

    const std::vector<ChildView>& children() const& { return _children; }
    const std::vector<ChildView>& children() const&& = delete;  // would not outlive this line
    ChildView child(int id) const;                              // throws where there is none
    Poco::JSON::Object::Ptr master() const;
    Poco::JSON::Object::Ptr group(const std::string& name) const;
    bool hasGroup(const std::string& name) const;
    std::vector<pid_t> pidsOf(const std::string& group) const;  // of those that stand in for nobody
    std::string phase(const std::string& group) const;          // of its reload
    unsigned generation(const std::string& group) const;
    std::string version(const std::string& group) const;       // of its plugin
    std::string failedReload(const std::string& group) const;  // the reason, "" where there is none
    std::string masterState(const std::string& group) const;   // of run_master
    Poco::JSON::Object::Ptr runMaster(const std::string& group) const;
    pid_t masterPid(const std::string& group) const;  // 0: it has no process of its own
    std::string listenerAddress(const std::string& name) const;
    std::vector<std::string> tcpAddresses() const;  // of all listeners

    std::size_t countOf(const std::string& state) const;
    bool allReady() const { return countOf("ready") == _children.size(); }
    const std::string& text() const { return _text; }

private:
    std::string _text;
    Poco::JSON::Object::Ptr _root;
    std::vector<ChildView> _children;
};

}  // namespace clustermanager::integration
