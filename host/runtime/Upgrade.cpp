#include "runtime/Upgrade.h"

#include <sys/stat.h>

#include <Poco/Exception.h>

#include <utility>

#include "base/FaultPoint.h"
#include "runtime/TrustedFile.h"

namespace clustermanager::runtime {

using Outcome = core::CommandReply::Outcome;

Upgrade::Upgrade(EventLoop& loop, std::string program, std::vector<std::string> arguments, Ports ports)
    : _loop(loop), _program(std::move(program)), _arguments(std::move(arguments)), _ports(std::move(ports))
{}

Upgrade::~Upgrade()
{
    endRehearsal();
}

void Upgrade::begin(OperationId operation, std::promise<core::CommandReply> reply)
{
    if (std::string why = whyNot(); !why.empty())
    {
        core::CommandReply refused;
        refused.outcome = Outcome::Refused;
        refused.text = std::move(why);
        return reply.set_value(std::move(refused));
    }
    _reply = std::move(reply);
    begin(operation);
}

std::string Upgrade::whyNot() const
{
    return underWay() ? "an upgrade is under way already" : _ports.whyNot();
}

bool Upgrade::mayLeave()
{
    if (_phase != Phase::Leaving || !_ports.obstacle().empty()) return false;
    const std::string why = whyNotInto();
    if (!why.empty()) fail(why);
    return why.empty();
}

std::string Upgrade::whyNotInto() const
{
    return FileState::of(_program) == _tried ? "" : "'" + _program + "' has changed since it was tried";
}

void Upgrade::begin(OperationId operation)
{
    _operation = operation;
    _phase = Phase::Rehearsing;
    _ports.tell(core::UpgradeBegun{operation});
    _ports.information("upgrade: '" + _program + "' is tried with the state of this host");
    _tried = FileState::of(_program);
    struct stat file = {};
    if (::stat(_program.c_str(), &file) == 0)
        if (const std::string why = whyNotTrusted(_program, file); !why.empty())
            return fail("'" + _program + "': " + why);
    try
    {
        CM_FAULT_POINT("upgrade.asked");
        _rehearsal.emplace(_program, _arguments, _ports.seal(), _loop.now());
        CM_FAULT_POINT("upgrade.rehearses");
        _loop.watch(_rehearsal->fd(), EPOLLIN, [this](std::uint32_t) { onAnswer(); });
    }
    catch (const Poco::Exception& problem)
    {
        fail(problem.message());
    }
}

void Upgrade::onAnswer()
{
    const std::optional<Rehearsal::Verdict> verdict = _rehearsal->receive();
    if (!verdict) return;
    CM_FAULT_POINT("upgrade.answered");
    endRehearsal();
    if (!verdict->good) return fail("'" + _program + "': " + verdict->text);
    passed(verdict->text);
}

void Upgrade::passed(const std::string& version)
{
    _ports.information("upgrade: '" + _program + "' (version " + version + ") can take over");
    _phase = Phase::Leaving;
    answer(Outcome::Done, "version " + version + " takes over");
    _leaveUntil = _loop.now() + _ports.prepare();
}

void Upgrade::fail(const std::string& why)
{
    endRehearsal();
    const bool prepared = std::exchange(_phase, Phase::None) == Phase::Leaving;
    _ports.error("upgrade failed, the host goes on as it was: " + why);
    _ports.tell(core::UpgradeEnded{_operation, why});
    answer(Outcome::Refused, "the host goes on as it was: " + why);
    if (prepared) _ports.carryOn();
}

void Upgrade::answer(Outcome outcome, const std::string& text)
{
    if (!_reply) return;
    core::CommandReply reply;
    reply.outcome = outcome;
    reply.operations.push_back(_operation);
    reply.text = text;
    std::exchange(_reply, std::nullopt)->set_value(std::move(reply));
}

void Upgrade::endRehearsal()
{
    if (!_rehearsal) return;
    _loop.forget(_rehearsal->fd());
    _rehearsal.reset();
}

std::optional<TimePoint> Upgrade::deadline() const
{
    switch (_phase)
    {
    case Phase::None: return std::nullopt;
    case Phase::Rehearsing: return _rehearsal->deadline();
    case Phase::Leaving: break;
    }
    return _leaveUntil;
}

void Upgrade::passTime(TimePoint now)
{
    const std::optional<TimePoint> due = deadline();
    if (!due || *due > now) return;
    if (_phase == Phase::Rehearsing)
        return fail("'" + _program + "' did not say within " +
                    std::to_string(Rehearsal::kPatience.count() / 1000) + " s whether it can take over");
    if (const std::string obstacle = _ports.obstacle(); !obstacle.empty())
        fail(obstacle + " did not end in time");
}

}  // namespace clustermanager::runtime
