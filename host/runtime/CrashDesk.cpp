#include "runtime/CrashDesk.h"

#include <unistd.h>

#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <utility>

#include "base/ThreadStart.h"
#include "crash/Shelf.h"
#include "crash/StackNames.h"
#include "runtime/WakingQueue.h"

namespace clustermanager::runtime {

struct CrashDesk::Shared
{
    Shared(std::string folder, std::string name) : program(std::move(name)), shelf(std::move(folder)) {}

    const std::string program;
    WakingQueue<Outcome> outcomes{kOrdersMax + 1};

    std::mutex mutex;  // guards what follows
    std::condition_variable changed;
    std::deque<Order> orders;
    std::size_t open = 0;  // ordered, and no outcome taken
    bool ending = false;
    bool ended = false;
    std::shared_ptr<const core::CrashReports> reports = std::make_shared<core::CrashReports>();

    crash::Shelf shelf;  // the thread's own

    /// Waits for it; nothing when there will be none any more.
    std::optional<Order> next()
    {
        std::unique_lock lock(mutex);
        changed.wait(lock, [this] { return ending || !orders.empty(); });
        if (orders.empty()) return std::nullopt;
        Order order = std::move(orders.front());
        orders.pop_front();
        return order;
    }
    void load()
    {
        try
        {
            shelf.load();
        }
        catch (const std::exception&)  // no memory: what was left lies there for the next host
        {}
    }
    bool hurries()
    {
        const std::lock_guard lock(mutex);
        return ending;
    }
    void show(Outcome outcome)
    {
        {
            const std::lock_guard lock(mutex);
            reports = shelf.reports();
        }
        (void)outcomes.push(std::move(outcome));  // there is room for all that can be open
    }
};

CrashDesk::CrashDesk(std::string folder, std::string program)
{
    const bool leftSomething = ::access(folder.c_str(), F_OK) == 0;
    _shared = std::make_shared<Shared>(std::move(folder), std::move(program));
    if (leftSomething) (void)start();  // else the reports come to light with the next one
}

CrashDesk::~CrashDesk()
{
    if (!_thread.joinable()) return;
    bool ended = false;
    {
        std::unique_lock lock(_shared->mutex);
        _shared->ending = true;
        _shared->changed.notify_all();
        ended = _shared->changed.wait_for(lock, kEndLimit, [this] { return _shared->ended; });
    }
    ended ? _thread.join() : _thread.detach();
}

bool CrashDesk::start()
{
    _shared->open = 1;  // the reading of the folder
    Result<std::thread> started = startThread([shared = _shared] { work(shared); });
    if (started)
        _thread = std::move(started.value());
    else
        _shared->open = 0;
    return started.ok();
}

bool CrashDesk::take(Order order)
{
    if (!_thread.joinable() && !start()) return false;
    const std::lock_guard lock(_shared->mutex);
    if (_shared->open >= kOrdersMax) return false;
    ++_shared->open;
    _shared->orders.push_back(std::move(order));
    _shared->changed.notify_all();
    return true;
}

bool CrashDesk::busy() const
{
    const std::lock_guard lock(_shared->mutex);
    return _shared->open != 0;
}

int CrashDesk::wakeFd() const
{
    return _shared->outcomes.wakeFd();
}

std::optional<CrashDesk::Outcome> CrashDesk::outcome()
{
    std::optional<Outcome> next = _shared->outcomes.take();
    const std::lock_guard lock(_shared->mutex);
    if (next) --_shared->open;
    return next;
}

std::shared_ptr<const core::CrashReports> CrashDesk::reports() const
{
    const std::lock_guard lock(_shared->mutex);
    return _shared->reports;
}

// --- on the thread ---

void CrashDesk::work(const std::shared_ptr<Shared>& shared)
{
    shared->load();
    shared->show({});
    while (std::optional<Order> order = shared->next())
    {
        const TimePoint namesUntil = shared->hurries() ? Clock::now() : Clock::now() + kNamesLimit;
        shared->show(make(*shared, std::move(*order), namesUntil));
    }
    const std::lock_guard lock(shared->mutex);
    shared->ended = true;
    shared->changed.notify_all();
}

CrashDesk::Outcome CrashDesk::make(Shared& shared, Order order, TimePoint namesUntil)
{
    Outcome outcome{order.known.start, crash::crashId(order.known), "", ""};
    try
    {
        std::vector<crash::NamedFrame> frames;
        if (order.crashed)
            frames = crash::nameFrames(*order.crashed, {order.plugin.get(), order.pluginPath, shared.program},
                                       namesUntil);
        outcome.sentence = crash::sentence(order.known, order.crashed, frames);
        outcome.problem = shared.shelf.add(crash::makeReport(order.known, order.crashed, frames), order.kept);
    }
    catch (const std::exception& problem)  // no memory
    {
        outcome.problem = problem.what();
    }
    return outcome;
}

}  // namespace clustermanager::runtime
