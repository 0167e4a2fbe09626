#include "StatusView.h"

#include <set>
#include <stdexcept>

#include <Poco/JSON/Array.h>
#include <Poco/JSON/Parser.h>

namespace clustermanager::integration {

using Poco::JSON::Object;

namespace {

Object::Ptr find(const Object::Ptr& root, const std::string& list, const std::string& name)
{
    const auto array = root->getArray(list);
    for (std::size_t i = 0; array && i < array->size(); ++i)
    {
        const auto entry = array->getObject(static_cast<unsigned>(i));
        if (entry->getValue<std::string>("name") == name) return entry;
    }
    throw std::runtime_error("the status has no '" + name + "' in " + list);
}

ChildView viewOf(const Object::Ptr& json)
{
    ChildView view;
    view.id = json->getValue<int>("id");
    view.pid = json->isNull("pid") ? 0 : json->getValue<int>("pid");
    view.group = json->getValue<std::string>("group");
    view.state = json->getValue<std::string>("state");
    view.restarts = json->getValue<unsigned>("restarts");
    view.isRestart = json->getValue<bool>("isRestart");
    view.index = json->getValue<unsigned>("index");
    view.generation = json->getValue<unsigned>("generation");
    view.standsIn = json->getValue<bool>("standsIn");
    view.json = json;
    return view;
}

}  // namespace

std::string ChildView::lastExit() const
{
    const auto last = json->isNull("lastExit") ? nullptr : json->getObject("lastExit");
    if (!last) return "";
    if (!last->isNull("signal")) return "signal " + last->getValue<std::string>("signal");
    if (!last->isNull("code")) return "exit code " + last->getValue<std::string>("code");
    return "unknown";
}

std::string ChildView::lastReason() const
{
    const auto last = json->isNull("lastExit") ? nullptr : json->getObject("lastExit");
    return last ? last->optValue<std::string>("reason", "") : "";
}

StatusView::StatusView(const std::string& json)
    : _text(json), _root(Poco::JSON::Parser().parse(json).extract<Object::Ptr>())
{
    std::set<int> ids;
    const auto array = _root->getArray("children");
    if (!array || !_root->getObject("master") || !_root->getArray("groups"))
        throw std::runtime_error("a status without master, groups and children: " + json);
    for (std::size_t i = 0; i < array->size(); ++i)
    {
        _children.push_back(viewOf(array->getObject(static_cast<unsigned>(i))));
        if (!ids.insert(_children.back().id).second)
            throw std::runtime_error("a status names a child twice: " + json);
    }
}

ChildView StatusView::child(int id) const
{
    for (const ChildView& view : _children)
        if (view.id == id) return view;
    throw std::runtime_error("the status has no child " + std::to_string(id));
}

Object::Ptr StatusView::master() const
{
    return _root->getObject("master");
}

Object::Ptr StatusView::group(const std::string& name) const
{
    return find(_root, "groups", name);
}

std::vector<pid_t> StatusView::pidsOf(const std::string& name) const
{
    std::vector<pid_t> pids;
    for (const ChildView& view : _children)
        if (view.group == name && !view.standsIn) pids.push_back(view.pid);
    return pids;
}

bool StatusView::hasGroup(const std::string& name) const
{
    const auto array = _root->getArray("groups");
    for (unsigned i = 0; i < array->size(); ++i)
        if (array->getObject(i)->getValue<std::string>("name") == name) return true;
    return false;
}

std::string StatusView::phase(const std::string& name) const
{
    return group(name)->getValue<std::string>("phase");
}

unsigned StatusView::generation(const std::string& name) const
{
    return group(name)->getValue<unsigned>("generation");
}

std::string StatusView::version(const std::string& name) const
{
    return group(name)->getObject("plugin")->getValue<std::string>("version");
}

std::string StatusView::failedReload(const std::string& name) const
{
    const auto json = group(name);
    return json->isNull("failedReload") ? ""
                                        : json->getObject("failedReload")->getValue<std::string>("reason");
}

std::string StatusView::masterState(const std::string& name) const
{
    return group(name)->getObject("runMaster")->getValue<std::string>("state");
}

Object::Ptr StatusView::runMaster(const std::string& name) const
{
    return group(name)->getObject("runMaster");
}

pid_t StatusView::masterPid(const std::string& name) const
{
    const auto master = runMaster(name);
    return master->isNull("pid") ? 0 : master->getValue<int>("pid");
}

std::string StatusView::listenerAddress(const std::string& name) const
{
    return find(_root, "listeners", name)->getValue<std::string>("address");
}

std::vector<std::string> StatusView::tcpAddresses() const
{
    std::vector<std::string> addresses;
    const auto array = _root->getArray("listeners");
    for (std::size_t i = 0; i < array->size(); ++i)
    {
        const auto address = array->getObject(static_cast<unsigned>(i))->getValue<std::string>("address");
        if (address.find('/') == std::string::npos) addresses.push_back(address);
    }
    return addresses;
}

std::size_t StatusView::countOf(const std::string& state) const
{
    std::size_t count = 0;
    for (const ChildView& view : _children) count += view.state == state ? 1 : 0;
    return count;
}

}  // namespace clustermanager::integration
