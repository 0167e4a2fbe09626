#include "config/StartOrder.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "config/NearestKey.h"
#include "config/OptionValue.h"

namespace clustermanager::config {

namespace {

/// Walks from each group to those it waits for, depth first. There may be thousands of groups in a row, so
/// the way that led to a group is a list of our own and not the stack of calls.
class Walk
{
public:
    Walk(Reading& reading, const HostConfig& host) : _reading(reading)
    {
        for (const Group& group : host.groups) _groups.emplace(group.policy.name, Place{&group.policy.after});
    }

    void from(const std::string& start)
    {
        if (_groups.at(start).state != State::Unseen) return;
        enter(start);
        while (!_way.empty())
        {
            Place& here = _groups.at(_way.back());
            if (here.next == here.after->size())
            {
                here.state = State::Left;
                _way.pop_back();
                continue;
            }
            const auto found = _groups.find((*here.after)[here.next++]);
            if (found == _groups.end()) continue;  // noted by checkNames
            if (found->second.state == State::OnTheWay) reportCircle(found->first);
            if (found->second.state == State::Unseen) enter(found->first);
        }
    }

private:
    enum class State : std::uint8_t
    {
        Unseen,
        OnTheWay,
        Left
    };
    struct Place
    {
        const std::vector<std::string>* after;
        std::size_t next = 0;
        State state = State::Unseen;
    };

    void enter(const std::string& name)
    {
        _groups.at(name).state = State::OnTheWay;
        _way.push_back(name);
    }

    void reportCircle(const std::string& name)
    {
        std::string circle;
        for (auto step = std::find(_way.begin(), _way.end(), name); step != _way.end(); ++step)
            circle += *step + " after ";
        _reading.problem("plugin." + name + ".after",
                         "goes round in a circle, so that none of them could start: " + circle + name);
    }

    Reading& _reading;
    std::map<std::string, Place> _groups;
    std::vector<std::string> _way;
};

std::string advice(const std::string& name, const std::vector<std::string>& known)
{
    const bool isList = name.find_first_of(" \t;") != std::string::npos;
    return isList ? ": separate names by commas" : didYouMean(name, known);
}

void checkNames(Reading& reading, const HostConfig& host)
{
    std::vector<std::string> known;
    for (const Group& group : host.groups) known.push_back(group.policy.name);
    for (const Group& group : host.groups)
    {
        const std::vector<std::string>& after = group.policy.after;
        const std::string key = "plugin." + group.policy.name + ".after";
        for (auto name = after.begin(); name != after.end(); ++name)
        {
            if (std::find(known.begin(), known.end(), *name) == known.end())
                reading.lack(key, inQuotes(*name) + " is no group" + advice(*name, known));
            else if (std::find(after.begin(), name, *name) != name)
                reading.problem(key, inQuotes(*name) + " is there twice");
        }
    }
}

}  // namespace

void checkStartOrder(Reading& reading, const HostConfig& host)
{
    checkNames(reading, host);
    Walk walk(reading, host);
    for (const Group& group : host.groups) walk.from(group.policy.name);
}

}  // namespace clustermanager::config
