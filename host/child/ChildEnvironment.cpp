#include "child/ChildEnvironment.h"

#include <unistd.h>

#include <cassert>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace clustermanager::child {

// NOLINTBEGIN(concurrency-mt-unsafe): before a process has its second thread

namespace {

constexpr std::size_t kProcessNameMax = 15;

void set(const char* name, const std::string& value)
{
    (void)::setenv(name, value.c_str(), 1);
}

std::string namesOf(const std::vector<link::PlannedListener>& listeners)
{
    std::string names;
    for (const link::PlannedListener& listener : listeners)
        names += (names.empty() ? "" : ":") + listener.name;
    return names;
}

}  // namespace

std::string slotName(ChildId child)
{
    return isRunMaster(child) ? "master" : std::to_string(number(child));
}

ChildEnvironment::Variable::Variable(const char* name) : _name(name), _head(std::strlen(name) + 1)
{
    assert(_head + 21 <= _text.size());
    std::memcpy(_text.data(), name, _head - 1);
    _text[_head - 1] = '=';
}

void ChildEnvironment::Variable::set(std::uint64_t value)
{
    *std::to_chars(_text.data() + _head, _text.data() + _text.size() - 1, value).ptr = '\0';
}

void ChildEnvironment::Variable::enter()
{
    if (!std::exchange(_entered, true)) (void)::putenv(_text.data());
}

void ChildEnvironment::Variable::remove()
{
    if (std::exchange(_entered, false)) (void)::unsetenv(_name);
}

ChildEnvironment::~ChildEnvironment()
{
    for (Variable* variable : {&_id, &_index, &_restart, &_listenPid}) variable->remove();
}

void ChildEnvironment::prepare(const link::GenerationPlan& plan)
{
    for (const char* hosts : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LD_BIND_NOW",
                              "CM_SPAWNER_LINK", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "CM_RESTART"})
        (void)::unsetenv(hosts);
    set("CM_GROUP", plan.group);
    set("CM_GENERATION", std::to_string(plan.generation));
    _id.enter();
    _index.enter();
    _hasListeners = !plan.listeners.empty();
    if (!_hasListeners) return;
    set("LISTEN_FDS", std::to_string(plan.listeners.size()));
    set("LISTEN_FDNAMES", namesOf(plan.listeners));
    _listenPid.enter();
}

void ChildEnvironment::introduce(const Identity& identity)
{
    _child = identity.child;
    _id.set(number(identity.child));
    _index.set(identity.index);
    _restart.set(identity.restarts);
    if (identity.restarts != 0)
        _restart.enter();
    else
        _restart.remove();
}

void ChildEnvironment::begin(const link::GenerationPlan& plan)
{
    if (isRunMaster(_child))
        beginRunMaster(plan);
    else if (_hasListeners)
        _listenPid.set(static_cast<std::uint64_t>(::getpid()));
}

/// There is one of these for many children, so nothing of it is prepared.
void ChildEnvironment::beginRunMaster(const link::GenerationPlan& plan)
{
    // Not a child's number, but what makes the names of its files its own.
    set("CM_CHILD_ID", plan.group + "-" + slotName(_child));
    for (const char* childs : {"CM_CHILD_INDEX", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES"})
        (void)::unsetenv(childs);
}

// NOLINTEND(concurrency-mt-unsafe)

std::string processName(const std::string& group, ChildId child)
{
    const std::string id = "-" + slotName(child);
    const std::string head = "cm-" + group;
    return head.substr(0, kProcessNameMax - id.size()) + id;
}

}  // namespace clustermanager::child
