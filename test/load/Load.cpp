#include "Load.h"

#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace clustermanager::load {

namespace {

constexpr std::uint64_t kAlarm = ~std::uint64_t{0};
constexpr std::chrono::milliseconds kLookEvery{20};

Nanos periodOf(const Load::Plan& plan)
{
    if (plan.perSecond <= 0) return Nanos::zero();
    return std::chrono::duration_cast<Nanos>(
        std::chrono::duration<double>((plan.closing + plan.keeping) / plan.perSecond));
}

}  // namespace

Load::Load(const Plan& plan)
    : _plan(plan), _period(periodOf(plan)), _epoll(::epoll_create1(EPOLL_CLOEXEC)),
      _alarm(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK))
{
    epoll_event event = {};
    event.events = EPOLLIN;
    event.data.u64 = kAlarm;
    if (!_epoll || !_alarm || ::epoll_ctl(_epoll.get(), EPOLL_CTL_ADD, _alarm.get(), &event) != 0)
        throw std::runtime_error("the load gets no descriptors");
    const unsigned count = plan.closing + plan.keeping;
    const Clock::time_point now = Clock::now();
    for (unsigned i = 0; i < count; ++i)
    {
        const bool keepsAlive = i >= plan.closing;
        _clients.push_back(std::make_unique<Client>(_plan.request, keepsAlive, _epoll.get(), i, _tally));
        _due.push_back(now + _period * i / count);
    }
    _thread = std::thread([this] { drive(); });
}

Load::~Load()
{
    (void)stop();
}

const Tally& Load::stop()
{
    _stopping = true;
    if (_thread.joinable()) _thread.join();
    return _tally;
}

void Load::drive()
{
    std::array<epoll_event, 64> events{};
    Clock::time_point looked = Clock::now();
    // What a client waits for is bounded by its patience, so this ends.
    while (!_stopping || !allRest())
    {
        const Clock::time_point now = Clock::now();
        if (!_stopping) beginDue(now);
        setAlarm(now);
        const int count = ::epoll_wait(_epoll.get(), events.data(), static_cast<int>(events.size()),
                                       static_cast<int>(kLookEvery.count()));
        for (int i = 0; i < count; ++i)
        {
            const std::uint64_t number = events[static_cast<std::size_t>(i)].data.u64;
            std::uint64_t expired = 0;
            if (number == kAlarm)
                (void)!::read(_alarm.get(), &expired, sizeof expired);
            else
                _clients[number]->proceed();
        }
        if (Clock::now() - looked >= kLookEvery)
        {
            looked = Clock::now();
            for (const auto& client : _clients) client->look(looked);
        }
        _answered = _tally.answered;
        _lost = _tally.lost();
    }
    for (const auto& client : _clients) client->hangUp();
}

void Load::beginDue(Clock::time_point now)
{
    for (std::size_t i = 0; i < _clients.size(); ++i)
    {
        Client& client = *_clients[i];
        if (!client.rests() || client.nextBegin() > now || _due[i] > now) continue;
        const Clock::time_point planned = _period == Nanos::zero() ? now : _due[i];
        _due[i] += _period;
        client.begin(planned);
    }
}

bool Load::allRest() const
{
    return std::all_of(_clients.begin(), _clients.end(),
                       [](const std::unique_ptr<Client>& client) { return client->rests(); });
}

/// For the next client that rests and will be due. One that is due already begins in the next turn.
void Load::setAlarm(Clock::time_point now)
{
    Clock::time_point next = Clock::time_point::max();
    for (std::size_t i = 0; i < _clients.size(); ++i)
        if (_clients[i]->rests()) next = std::min(next, std::max(_clients[i]->nextBegin(), _due[i]));
    itimerspec alarm = {};
    if (next != Clock::time_point::max())
    {
        const std::int64_t left = std::max<std::int64_t>(std::chrono::nanoseconds(next - now).count(), 1);
        alarm.it_value.tv_sec = left / 1'000'000'000;
        alarm.it_value.tv_nsec = left % 1'000'000'000;
    }
    (void)::timerfd_settime(_alarm.get(), 0, &alarm, nullptr);
}

}  // namespace clustermanager::load
