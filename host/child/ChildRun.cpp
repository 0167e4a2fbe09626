#include "child/ChildRun.h"

#include <Poco/Logger.h>
#include <signal.h>
#include <sysexits.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <utility>

#include "base/FaultPoint.h"
#include "base/StandardError.h"
#include "base/SysError.h"
#include "child/ChildLogging.h"
#include "plugin/ExceptionText.h"

namespace clustermanager::child {

namespace {

constexpr Millis kLastWordsLimit{200};

/// For the master to tell a run_master of its children. It does so at once, unless it is very busy.
constexpr Millis kChildListLimit{2'000};

/// Nobody waits for a run_master as for one that serves: it has no watchdog and no request to finish.
MasterLink::Limits limitsOf(const link::GenerationPlan& plan, const Identity& identity)
{
    const Millis status(plan.updateStatusMs);
    const Millis shutdown(plan.shutdownTimeoutMs);
    if (isRunMaster(identity.child)) return {status, shutdown};
    return {status, shutdown, Millis(plan.drainDelayMs), Millis(plan.watchdogMs),
            requestLimit(plan.maxRequests, identity.child, ::getpid())};
}

}  // namespace

ChildRun* ChildRun::_current = nullptr;

ChildRun::ChildRun(const link::GenerationPlan& plan, const plugin::Settings& settings,
                   MasterLink::LogDuties logs)
    : _plan(plan), _services(plan.group, settings),
      _link(_services.stop,
            {&ChildLogging::setLevel, std::move(logs),
             [this](const std::string& reason) { fail(reason, EX_SOFTWARE); },
             [this](const std::string& problem) { Poco::Logger::get(_plan.group).warning(problem); },
             [this](const std::string& reason) { endNow(reason); },
             [this](const link::ChildrenSeen& seen) { _services.children.take(seen); }})
{
    _services.link = &_link;
    _services.listeners = &_plan.listeners;
    _services.fail = [this](const std::string& reason) { sayLastWords(reason); };
    _current = this;
    if (_plan.crashReports) CrashHandler::install(_link.crashTarget());
    _spawnersTerminate = std::set_terminate(&ChildRun::onTerminate);  // once, and not in each child
    introduce({});
}

void ChildRun::introduce(const Identity& identity)
{
    _identity = identity;
    _isRunMaster = isRunMaster(identity.child);
    if (_isRunMaster)
        fillRunMaster(_context, _services);
    else
    {
        fillChild(_context, _services);
        _context.child_id = static_cast<std::int32_t>(number(identity.child));
        _context.child_index = identity.index;
        _context.watchdog_ms = _plan.watchdogMs;
    }
    _context.restarts = identity.restarts;
    _context.is_restart = identity.restarts != 0 ? 1 : 0;
    _context.generation = _plan.generation;
}

void ChildRun::standBy()
{
    renew();
    startRuntime();
}

void ChildRun::run(FileDescriptor link, const Load& load, const std::function<int(cm_context*)>& function)
{
    renew();
    _link.connect(std::move(link), _identity.start, limitsOf(_plan, _identity));
    CM_FAULT_POINT("child.hello");
    plugin::PluginLibrary::Failure failure;
    if (!load(failure))
        fail("loading the plugin: " + failure.text, failure.permission ? EX_NOPERM : EX_UNAVAILABLE);
    startRuntime();
    catchSigterm();
    if (_isRunMaster)
    {
        _services.children.waitUntilComplete(kChildListLimit);
        _link.ready();  // run_master has no other beginning than its call
    }
    CM_FAULT_POINT("child.begins");
    const int code = callPlugin(function);
    _link.closeMailbox();
    CM_FAULT_POINT("child.returned");
    if (!_saidWhy && !_link.saidReady() && !_services.stop.requested())
        _link.farewell("run_child returned " + std::to_string(code) + " before it was ready");
    runExitHandlers();
    end(code);
}

/// What the parent has open is the parent's, and the siblings'.
void ChildRun::renew()
{
    if (std::exchange(_renewed, true)) return;
    _services.stop.renew();
    _link.renew();
}

void ChildRun::startRuntime()
{
    if (_link.started()) return;
    if (const int problem = _link.start(); problem != 0)
        fail("cannot start the runtime thread: " + errnoText(problem), EX_OSERR);
}

void ChildRun::catchSigterm()
{
    struct sigaction action = {};
    action.sa_handler = &ChildRun::onSigterm;
    action.sa_flags = SA_RESTART;
    (void)::sigaction(SIGTERM, &action, nullptr);
}

int ChildRun::callPlugin(const std::function<int(cm_context*)>& function)
{
    try
    {
        return function(&_context);
    }
    catch (...)
    {
        fail(std::string(functionName()) + " threw " + plugin::currentExceptionText(), EX_SOFTWARE);
    }
}

void ChildRun::runExitHandlers()
{
    _link.endBy(Clock::now() + Millis(_plan.shutdownTimeoutMs));
    _services.exitHandlers.run([this](const std::string& problem) {
        Poco::Logger::get(_plan.group).error("an exit handler threw " + problem + "; the others run");
    });
}

void ChildRun::sayLastWords(const std::string& reason)
{
    _saidWhy = true;
    _link.farewell(reason);
    try
    {
        Poco::Logger::get(_plan.group).fatal(reason);
    }
    catch (...)
    {
        tellStandardError(reason);  // the log itself is in the way
    }
}

void ChildRun::fail(const std::string& reason, int code)
{
    sayLastWords(reason);
    end(code);
}

void ChildRun::end(int code)
{
    (void)std::fflush(stdout);
    (void)std::fflush(stderr);
    leave(code);
}

/// Time is up. Some thread may hang in stdio or in a log with its lock held, so nothing here takes one.
void ChildRun::endNow(const std::string& reason)
{
    _link.farewell(reason);
    leave(EX_SOFTWARE);
}

void ChildRun::leave(int code)
{
    _link.reportAtEnd();
    _link.drain(kLastWordsLimit);
    // Nobody is left who would end our descendants.
    if (_link.masterGone() && ::getpgrp() == ::getpid()) (void)::kill(0, SIGKILL);
    CM_FAULT_POINT("child.leaves");
    ::_exit(code & 0xff);
}

void ChildRun::onTerminate()
{
    if (!_current->_link.started()) _current->_spawnersTerminate();
    _current->sayLastWords("std::terminate was called: " + plugin::currentExceptionText());
    _current->_link.drain(kLastWordsLimit);
    std::abort();
}

void ChildRun::onSigterm(int)
{
    _current->_link.askToStop();
}

}  // namespace clustermanager::child
