#include "spawner/Birth.h"

#include <poll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <utility>

#include "base/FaultPoint.h"
#include "base/Signals.h"
#include "spawner/Confinement.h"
#include "spawner/Spares.h"

namespace clustermanager::spawner {

namespace {

constexpr int kExitLostOrder = 70;  // EX_SOFTWARE

}  // namespace

void introduce(child::Workshop& workshop, const link::SpawnOrder& order)
{
    workshop.introduce({order.start, order.child, order.index, order.restarts, order.logLevel});
}

void runChild(child::Workshop& workshop, FileDescriptor childLink)
{
    CM_FAULT_POINT("child.born");
    (void)setSignalMask(signalSet({}));
    setLimits(workshop.plan().limits);
    workshop.run(std::move(childLink));
}

void runSpare(child::Workshop& workshop, link::Link orders)
{
    (void)setSignalMask(signalSet({}));
    (void)::prctl(PR_SET_NAME, "cm-spare");
    setLimits(workshop.plan().limits);
    workshop.standBy();
    // Asked once before waiting, so that the memory it takes is in place when the order comes.
    link::Link::Received received = orders.receive();
    while (std::holds_alternative<link::Link::Nothing>(received))
    {
        pollfd waiting = {orders.fd(), POLLIN, 0};
        (void)::poll(&waiting, 1, -1);
        received = orders.receive();
    }
    if (std::holds_alternative<link::Link::Closed>(received)) ::_exit(0);

    auto* packet = std::get_if<link::Link::Packet>(&received);
    if (packet == nullptr || packet->fds.size() != 1) ::_exit(kExitLostOrder);
    auto decoded = link::decode<link::ToSpawner>(packet->bytes.data(), packet->bytes.size());
    const auto* message = std::get_if<link::ToSpawner>(&decoded);
    const auto* order = message != nullptr ? std::get_if<link::SpawnOrder>(message) : nullptr;
    if (order == nullptr) ::_exit(kExitLostOrder);
    CM_FAULT_POINT("child.ordered");
    introduce(workshop, *order);
    workshop.run(std::move(packet->fds.front()), [&orders] {
        if (!awaitRun(orders)) ::_exit(kExitLostOrder);
        orders.close();
    });
}

}  // namespace clustermanager::spawner
