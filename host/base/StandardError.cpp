#include "base/StandardError.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>

#include "base/Types.h"

namespace clustermanager {

void tellStandardError(std::string line)
{
    line += '\n';
    writeStandardError(line);
}

void writeStandardError(std::string_view text)
{
    constexpr Millis kPatience{100};
    const TimePoint deadline = Clock::now() + kPatience;
    for (std::string_view rest = text; !rest.empty();)
    {
        const auto left = std::chrono::ceil<Millis>(deadline - Clock::now());
        pollfd watched = {STDERR_FILENO, POLLOUT, 0};
        const int ready = ::poll(&watched, 1, static_cast<int>(std::max<Millis::rep>(left.count(), 0)));
        if (ready < 0 && errno == EINTR) continue;
        if (ready != 1 || (watched.revents & POLLOUT) == 0) return;
        // A pipe that can be written to has room for so much, and no more is certain not to wait.
        const ssize_t written =
            ::write(STDERR_FILENO, rest.data(), std::min<std::size_t>(rest.size(), PIPE_BUF));
        if (written < 0 && errno != EINTR && errno != EAGAIN) return;
        rest.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(written, 0)));
    }
}

}  // namespace clustermanager
