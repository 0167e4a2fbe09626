#include "control/GatedServerSocket.h"

#include <Poco/Net/ServerSocketImpl.h>

#include "control/RequestSocket.h"

namespace clustermanager::control {

namespace {

class GatedServerSocketImpl final : public Poco::Net::ServerSocketImpl
{
public:
    GatedServerSocketImpl(std::shared_ptr<Gate> gate, std::shared_ptr<GateMailbox> mailbox,
                          std::shared_ptr<Farewell> farewell, CpuBudget& budget)
        : _gate(std::move(gate)), _mailbox(std::move(mailbox)), _farewell(std::move(farewell)),
          _budget(budget)
    {}

    /// Poco's time-out only serves to look whether the server is stopped; the gate is told, so it need not
    /// wake.
    bool poll(const Poco::Timespan&, int) override
    {
        _budget.spent(cpuTimeSinceLast(), Clock::now());
        return _gate->wait();
    }

    Poco::Net::SocketImpl* acceptConnection(Poco::Net::SocketAddress& client) override
    {
        client = DetachedSocket::noAddress();
        Gate::Request request = _gate->take();
        if (!request.connection) return new FarewellSocket(_mailbox->descriptor(), _farewell);
        return new RequestSocket(_mailbox, *request.connection, std::move(request.bytes),
                                 std::move(request.caller));
    }

    Poco::Net::SocketAddress address() override { return DetachedSocket::noAddress(); }

protected:
    ~GatedServerSocketImpl() override = default;

private:
    std::shared_ptr<Gate> _gate;
    std::shared_ptr<GateMailbox> _mailbox;
    std::shared_ptr<Farewell> _farewell;
    CpuBudget& _budget;
};

}  // namespace

GatedServerSocket::GatedServerSocket(std::shared_ptr<Gate> gate, std::shared_ptr<GateMailbox> mailbox,
                                     std::shared_ptr<Farewell> farewell, CpuBudget& budget)
    : ServerSocket(
          new GatedServerSocketImpl(std::move(gate), std::move(mailbox), std::move(farewell), budget), true)
{}

}  // namespace clustermanager::control
