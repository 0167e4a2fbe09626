#include "Stamps.h"

#include <poll.h>
#include <sys/stat.h>

#include <algorithm>
#include <stdexcept>

namespace clustermanager::bench {

// Opened for writing too, so that it never ends while nobody writes.
Stamps::Stamps(const std::string& path) : _path(path)
{
    if (::mkfifo(path.c_str(), 0600) != 0) throw std::runtime_error("cannot make the pipe " + path);
    _pipe.reset(::open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC));
    if (!_pipe) throw std::runtime_error("cannot open the pipe " + path);
}

std::optional<stamp> Stamps::next(Millis patience) const
{
    const auto deadline = std::chrono::steady_clock::now() + patience;
    for (;;)
    {
        stamp moment = {};
        if (::read(_pipe.get(), &moment, sizeof moment) == sizeof moment) return moment;
        const auto left = std::chrono::ceil<Millis>(deadline - std::chrono::steady_clock::now());
        if (left <= Millis::zero()) return std::nullopt;
        pollfd readable = {_pipe.get(), POLLIN, 0};
        (void)::poll(&readable, 1, static_cast<int>(left.count()));
    }
}

stamp Stamps::nextChild(Millis patience) const
{
    for (;;)
    {
        const std::optional<stamp> moment = next(patience);
        if (!moment) throw std::runtime_error("no child came up in time");
        if (moment->kind == STAMP_FIRST_CODE) return *moment;
    }
}

Stamps::Start Stamps::start(unsigned count, Millis patience) const
{
    Start result;
    for (unsigned seen = 0; seen < count || result.begin == 0;)
    {
        const std::optional<stamp> moment = next(patience);
        if (!moment)
            throw std::runtime_error(std::to_string(seen) + " of " + std::to_string(count) +
                                     " children came up in time");
        if (moment->kind == STAMP_BEGIN && result.begin == 0) result.begin = moment->ns;
        if (moment->kind != STAMP_FIRST_CODE) continue;
        result.last = std::max(result.last, moment->ns);
        ++seen;
    }
    return result;
}

}  // namespace clustermanager::bench
