#include "control/GatedServerSocket.h"

#include <thread>

#include <Poco/Net/ServerSocketImpl.h>

#include "base/EnoughMemory.h"
#include "control/RequestSocket.h"

namespace clustermanager::control {

namespace {

constexpr Millis kPauseForMemory{50};

class GatedServerSocketImpl final : public Poco::Net::ServerSocketImpl
{
public:
    GatedServerSocketImpl(std::shared_ptr<Gate> gate, std::shared_ptr<GateMailbox> mailbox,
                          std::shared_ptr<Farewell> farewell, CpuBudget& budget,
                          std::function<void()> beforeDispatch)
        : _gate(std::move(gate)), _mailbox(std::move(mailbox)), _farewell(std::move(farewell)),
          _budget(budget), _beforeDispatch(std::move(beforeDispatch))
    {}

    /// Poco's time-out only serves to look whether the server is stopped; the gate is told, so it need not
    /// wake. An exception that is not Poco's own would end Poco's thread, and the port with it.
    bool poll(const Poco::Timespan&, int) override
    {
        bool requested = false;
        const bool done = enoughMemoryFor([&] {
            _budget.spent(cpuTimeSinceLast(), Clock::now());
            requested = _gate->wait();
        });
        if (!done) std::this_thread::sleep_for(kPauseForMemory);
        return requested;
    }

    Poco::Net::SocketImpl* acceptConnection(Poco::Net::SocketAddress& client) override
    {
        _beforeDispatch();
        Gate::Request request = _gate->take();
        if (!request.connection) return new FarewellSocket(_mailbox->descriptor(), _farewell);
        try
        {
            client = DetachedSocket::noAddress();
            return new RequestSocket(_mailbox, *request.connection, std::move(request.bytes),
                                     std::move(request.caller));
        }
        catch (...)  // no memory
        {
            _mailbox->post({*request.connection, ""});
            throw;
        }
    }

    Poco::Net::SocketAddress address() override { return DetachedSocket::noAddress(); }

protected:
    ~GatedServerSocketImpl() override = default;

private:
    std::shared_ptr<Gate> _gate;
    std::shared_ptr<GateMailbox> _mailbox;
    std::shared_ptr<Farewell> _farewell;
    CpuBudget& _budget;
    std::function<void()> _beforeDispatch;
};

}  // namespace

GatedServerSocket::GatedServerSocket(std::shared_ptr<Gate> gate, std::shared_ptr<GateMailbox> mailbox,
                                     std::shared_ptr<Farewell> farewell, CpuBudget& budget,
                                     std::function<void()> beforeDispatch)
    : ServerSocket(new GatedServerSocketImpl(std::move(gate), std::move(mailbox), std::move(farewell), budget,
                                             std::move(beforeDispatch)),
                   true)
{}

}  // namespace clustermanager::control
