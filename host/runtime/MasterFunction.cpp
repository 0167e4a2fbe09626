#include "runtime/MasterFunction.h"

#include <Poco/Logger.h>

#include <algorithm>
#include <cstring>

#include "base/PatientMemory.h"
#include "base/ThreadStart.h"
#include "plugin/ExceptionText.h"

namespace clustermanager::runtime {

namespace {

thread_local const char* servedGroup = nullptr;

}  // namespace

/// The functions behind run_master's cm_context.
struct MasterContext
{
    static MasterFunction& of(const cm_context* context)
    {
        return *static_cast<MasterFunction::MasterServices&>(*static_cast<plugin::Services*>(context->host))
                    .function;
    }

    static int onStop(cm_context* context, cm_callback callback, void* argument)
    {
        if (callback == nullptr) return CM_INVALID;
        // First this: a courier that finds a stop asked already would announce it to nobody.
        const bool taken = of(context)._services.stop.onStop(callback, argument);
        return of(context).startCourier() && taken ? CM_OK : CM_FULL;
    }

    static int send(cm_context* context, std::int32_t to, const void* data, std::size_t size)
    {
        if ((data == nullptr && size > 0) || size > CM_MESSAGE_MAX) return CM_INVALID;
        MasterFunction& self = of(context);
        if (to != CM_TO_ALL_CHILDREN)
        {
            const std::shared_ptr<const core::ChildSnapshot> child = find(self, to);
            if (!child) return CM_INVALID;
            if (child->pid == 0) return CM_GONE;
        }
        return self._outside.send(to, std::string(static_cast<const char*>(data), size)) ? CM_OK : CM_FULL;
    }

    static std::shared_ptr<const core::ChildSnapshot> find(const MasterFunction& self, std::int32_t id)
    {
        const std::shared_ptr<const core::Snapshot> snapshot = self._outside.snapshots->latest();
        for (const auto& child : snapshot->children)
            if (child->group == self._setting.group && static_cast<std::int64_t>(number(child->id)) == id)
                return child;
        return nullptr;
    }

    static int onMessage(cm_context* context, cm_message_callback callback, void* argument)
    {
        MasterFunction& self = of(context);
        self._mailbox.setReceiver(callback, argument);
        if (callback == nullptr) return CM_OK;
        if (!self.startCourier()) return self._mailbox.setReceiver(nullptr, nullptr), CM_FULL;
        self.wakeCourier();
        return CM_OK;
    }

    static std::size_t children(const cm_context* context, cm_child_info* infos, std::size_t capacity)
    {
        const MasterFunction& self = of(context);
        const std::shared_ptr<const core::Snapshot> snapshot = self._outside.snapshots->latest();
        std::size_t count = 0;
        for (const auto& child : snapshot->children)
        {
            if (child->group != self._setting.group) continue;
            if (count < capacity && infos != nullptr) infos[count] = info(*child);
            ++count;
        }
        return count;
    }

    static cm_child_info info(const core::ChildSnapshot& child)
    {
        cm_child_info result = {};
        result.id = static_cast<std::int32_t>(number(child.id));
        result.index = child.index;
        result.pid = child.pid;
        result.restarts = child.restarts;
        result.generation = child.generation;
        result.ready = child.state == core::ChildState::Ready ? 1 : 0;
        const std::string_view state = core::traits(child.state).name;
        std::memcpy(result.state, state.data(), std::min(state.size(), sizeof result.state - 1));
        return result;
    }
};

MasterFunction::MasterFunction(Setting setting, Outside outside)
    : _setting(std::move(setting)), _outside(std::move(outside)), _settings(_setting.settings),
      _services(_setting.group, _settings)
{
    _services.function = this;
    _services.fail = [this](const std::string& reason) { toldWhy(reason); };
    plugin::fillCommon(_context, _services);
    _context.role = CM_ROLE_MASTER;
    _context.generation = _setting.generation;
    _context.on_stop = &MasterContext::onStop;
    _context.send = &MasterContext::send;
    _context.on_message = &MasterContext::onMessage;
    _context.children = &MasterContext::children;
}

void MasterFunction::start()
{
    enter(core::MasterState::Running, 0, "");
    Result<std::thread> started = startThread([self = shared_from_this()] {
        const PatientMemory patient(PatientMemory::Reserve::None);
        self->run();
    });
    if (started)
        started.value().detach();
    else
        enter(core::MasterState::Threw, 0, "it has no thread to run on: " + started.error().text());
}

void MasterFunction::askToStop()
{
    {
        const std::lock_guard<std::mutex> lock(_mutex);
        if (_state.state == core::MasterState::Running) _state.state = core::MasterState::Stopping;
    }
    _services.stop.request();
    wakeCourier();
}

MasterFunction::State MasterFunction::state() const
{
    const std::lock_guard<std::mutex> lock(_mutex);
    return _state;
}

bool MasterFunction::running() const
{
    const core::MasterState now = state().state;
    return now == core::MasterState::Running || now == core::MasterState::Stopping;
}

void MasterFunction::enter(core::MasterState state, int result, const std::string& reason)
{
    State next{state, result, reason};
    const std::lock_guard<std::mutex> lock(_mutex);
    _state = std::move(next);
    // Under the lock: whoever sees that nothing runs any more may destroy what this reaches.
    _outside.changed();
}

const char* MasterFunction::groupOfThisThread() noexcept
{
    return servedGroup;
}

void MasterFunction::run()
{
    servedGroup = _setting.group.c_str();
    std::variant<Entry, std::string> found = std::exchange(_setting.find, nullptr)();
    if (const auto* reason = std::get_if<std::string>(&found))
        return enter(core::MasterState::Threw, 0, *reason);
    call(std::get<Entry>(found));
}

/// Why it is about to end; the last word counts.
void MasterFunction::toldWhy(const std::string& reason)
{
    constexpr std::size_t kReasonMax = 1000;
    Poco::Logger::get(_setting.group).fatal(reason);
    std::string told = reason.substr(0, kReasonMax);
    const std::lock_guard<std::mutex> lock(_mutex);
    _toldWhy = std::move(told);
}

void MasterFunction::call(const Entry& entry)
{
    int result = 0;
    std::string thrown;
    try
    {
        result = entry(&_context);
    }
    catch (...)
    {
        thrown = "run_master threw " + plugin::currentExceptionText();
    }
    endCourier();
    _services.exitHandlers.run([this](const std::string& problem) {
        _context.log(&_context, CM_LOG_ERROR, nullptr, problem.c_str());
    });
    std::string reason = thrown;
    if (thrown.empty() && result != 0)
    {
        const std::lock_guard<std::mutex> lock(_mutex);
        reason = std::move(_toldWhy);
    }
    enter(thrown.empty() ? core::MasterState::Ended : core::MasterState::Threw, result, reason);
}

bool MasterFunction::deliver(std::int32_t from, std::string data)
{
    if (!_mailbox.put(from, std::move(data))) return false;
    wakeCourier();
    return true;
}

/// False: there is no thread to be had.
bool MasterFunction::startCourier()
{
    const std::lock_guard<std::mutex> lock(_mutex);
    if (_courierEnds || _courierStarted) return true;
    Result<std::thread> started = startThread([self = shared_from_this()] {
        const PatientMemory patient(PatientMemory::Reserve::None);
        self->courier();
    });
    if (started) started.value().detach();
    _courierStarted = started.ok();
    return _courierStarted;
}

/// What the courier waits for is not all under its mutex: one that has looked must be waiting by now.
void MasterFunction::wakeCourier()
{
    {
        const std::lock_guard<std::mutex> lock(_mutex);
    }
    _mail.notify_all();
}

/// Calls the plugin back, one thing at a time and without a lock, until run_master has returned.
void MasterFunction::courier()
{
    servedGroup = _setting.group.c_str();
    bool stopTold = false;
    std::unique_lock<std::mutex> lock(_mutex);
    for (;;)
    {
        _mail.wait(lock, [&] {
            return _courierEnds || _mailbox.deliverable() || (!stopTold && _services.stop.requested());
        });
        if (_courierEnds) break;
        const bool tellsStop = !stopTold && _services.stop.requested();
        stopTold = stopTold || tellsStop;
        lock.unlock();
        guarded([&] {
            if (tellsStop)
                _services.stop.announce();
            else
                (void)_mailbox.deliverOne();
        });
        lock.lock();
    }
    _courierStarted = false;
    _mail.notify_all();
}

/// Waits for the callback that is being called, if any: its argument may be one of run_master's own objects,
/// and what it sends must still find the loop.
void MasterFunction::endCourier()
{
    std::unique_lock<std::mutex> lock(_mutex);
    _courierEnds = true;
    _mail.notify_all();
    _mail.wait(lock, [this] { return !_courierStarted; });
}

void MasterFunction::guarded(const std::function<void()>& callback)
{
    try
    {
        callback();
    }
    catch (...)
    {
        const std::string text = "a callback of run_master threw " + plugin::currentExceptionText();
        _context.log(&_context, CM_LOG_ERROR, nullptr, text.c_str());
    }
}

}  // namespace clustermanager::runtime
