#include <unistd.h>

#include <Poco/Exception.h>

#include <utility>

#include "app/HostApplication.h"
#include "app/Version.h"
#include "base/FaultPoint.h"
#include "runtime/StartError.h"

/// How the application goes on in another image of its process, and where it came from one.
namespace clustermanager::app {

void HostApplication::takeState()
{
    if (!_role) return;
    if (_role->kind == runtime::HandoverRole::Kind::TakeOver)
    {
        _wayBack.emplace(_role->other, _role->state);
        CM_FAULT_POINT("image.wayBack");
    }
    auto read = readState(_role->state.number);
    if (const auto* problem = std::get_if<std::string>(&read))
        throw runtime::StartError(EXIT_DATAERR, *problem);
    CM_FAULT_POINT(_role->kind == runtime::HandoverRole::Kind::Rehearse ? "rehearsal.read" : "image.read");
    _state = std::move(std::get<HostState>(read));
    if (_state->source.surroundings.embeddedGroup != (_embedded ? _embedded->group : ""))
        throw runtime::StartError(
            EXIT_DATAERR,
            _embedded ? "the running host is not this program with its own group '" + _embedded->group + "'"
                      : "the running host is its own plugin, group '" +
                            _state->source.surroundings.embeddedGroup + "', and this one is not");
    _program = _state->program;
    if (_role->kind != runtime::HandoverRole::Kind::GoBack) return;
    for (const HandedFd used : {_role->state, _role->other}) (void)::close(used.number);
}

HostState HostApplication::stateOf(const runtime::Handover& master, const PidFile* pidFile) const
{
    HostState state;
    state.version = kVersion;
    state.program = _program;
    state.source = _configStart;
    state.atStart = _atStart;
    state.control = _control->state();
    if (pidFile != nullptr) state.pidFile = pidFile->state();
    state.master = master;
    return state;
}

std::string HostApplication::leave(runtime::Master& master, const PidFile* pidFile)
{
    CM_FAULT_POINT("upgrade.leaves");
    _control->pause();
    if (_history != nullptr) _history->stop();
    try
    {
        CM_FAULT_POINT("upgrade.paused");
        const SealedState state = seal(stateOf(master.handover(), pidFile));
        CM_FAULT_POINT("upgrade.sealed");
        return WayBack::leave(_program, _commandLine, state.file, state.handed,
                              [&] { return master.whyNotInto(); });
    }
    catch (const Poco::Exception& problem)
    {
        return problem.displayText();
    }
}

}  // namespace clustermanager::app
