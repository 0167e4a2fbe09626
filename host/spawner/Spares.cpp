#include "spawner/Spares.h"

#include <fcntl.h>
#include <poll.h>

#include <algorithm>
#include <utility>

namespace clustermanager::spawner {

bool Spare::letRun()
{
    return link.send(link::Bytes{1}) == link::Link::SendResult::Taken && !link.wantsWrite();
}

bool awaitRun(link::Link& orders)
{
    for (;;)
    {
        const link::Link::Received received = orders.receive();
        if (!std::holds_alternative<link::Link::Nothing>(received))
            return std::holds_alternative<link::Link::Packet>(received);
        pollfd waiting = {orders.fd(), POLLIN, 0};
        (void)::poll(&waiting, 1, -1);
    }
}

std::optional<TimePoint> Spares::nextFork() const
{
    if (_waiting.size() >= _wanted) return std::nullopt;
    return _notBefore;
}

void Spares::add(pid_t pid, link::Link link)
{
    _waiting.push_back({pid, std::move(link)});
}

std::optional<Spare> Spares::handOver(const link::SpawnOrder& order, const FileDescriptor& childLink)
{
    while (!_waiting.empty())
    {
        Spare spare = std::move(_waiting.front());
        _waiting.pop_front();
        std::vector<FileDescriptor> fds;
        fds.emplace_back(::fcntl(childLink.get(), F_DUPFD_CLOEXEC, 0));
        if (!fds.front()) return std::nullopt;
        const link::Link::SendResult sent = spare.link.sendMessage(link::ToSpawner(order), std::move(fds));
        // What is only queued here will not be sent: the spare sees its link close and ends.
        if (sent == link::Link::SendResult::Taken && !spare.link.wantsWrite()) return spare;
    }
    return std::nullopt;
}

void Spares::remove(pid_t pid, TimePoint now)
{
    const auto found = std::find_if(_waiting.begin(), _waiting.end(),
                                    [pid](const Spare& spare) { return spare.pid == pid; });
    if (found == _waiting.end()) return;
    _waiting.erase(found);
    _notBefore = now + kPause;
}

void Spares::letGo()
{
    _waiting.clear();
    _wanted = 0;
}

}  // namespace clustermanager::spawner
