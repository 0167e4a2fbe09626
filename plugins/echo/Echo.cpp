/// A TCP service with Poco's SocketReactor: one thread in each process serves all its connections. What a
/// client sends comes back.
#include <clustermanager/poco.hpp>

#include <Poco/NObserver.h>
#include <Poco/Net/SocketImpl.h>
#include <Poco/Net/SocketNotification.h>
#include <Poco/Net/SocketReactor.h>

#include <string>

#include <unistd.h>

CM_PLUGIN("echo", "1.0")

namespace {

using namespace Poco::Net;

template <class Owner, class Event>
using Observer = Poco::NObserver<Owner, Event>;

/// One client. Deletes itself when the client hangs up or the reactor stops. Reads on only when the client
/// has taken what it was sent, so one that does not read costs a single buffer.
class EchoConnection
{
public:
    EchoConnection(const StreamSocket& socket, SocketReactor& reactor) : _socket(socket), _reactor(reactor)
    {
        _socket.setBlocking(false);
        _reactor.addEventHandler(_socket, _readable);
        _reactor.addEventHandler(_socket, _shutdown);
    }

private:
    ~EchoConnection()
    {
        _reactor.removeEventHandler(_socket, _readable);
        _reactor.removeEventHandler(_socket, _writable);
        _reactor.removeEventHandler(_socket, _shutdown);
    }

    void onReadable(const Poco::AutoPtr<ReadableNotification>&)
    {
        char bytes[4096];
        const int size = transfer([&] { return _socket.receiveBytes(bytes, sizeof bytes); });
        if (size == kEnded) return delete this;
        if (size <= 0) return;
        _unsent.assign(bytes, static_cast<std::size_t>(size));
        _reactor.removeEventHandler(_socket, _readable);
        _reactor.addEventHandler(_socket, _writable);
    }

    void onWritable(const Poco::AutoPtr<WritableNotification>&)
    {
        const int size =
            transfer([&] { return _socket.sendBytes(_unsent.data(), static_cast<int>(_unsent.size())); });
        if (size == kEnded) return delete this;
        if (size > 0) _unsent.erase(0, static_cast<std::size_t>(size));
        if (!_unsent.empty()) return;
        _reactor.removeEventHandler(_socket, _writable);
        _reactor.addEventHandler(_socket, _readable);
    }

    void onShutdown(const Poco::AutoPtr<ShutdownNotification>&) { delete this; }

    static constexpr int kEnded = 0;

    /// Bytes moved, negative where it would block, kEnded where the connection is over.
    template <class Move>
    static int transfer(Move move)
    {
        try
        {
            return move();
        }
        catch (const Poco::Exception&)
        {
            return kEnded;
        }
    }

    StreamSocket _socket;
    SocketReactor& _reactor;
    std::string _unsent;
    Observer<EchoConnection, ReadableNotification> _readable{*this, &EchoConnection::onReadable};
    Observer<EchoConnection, WritableNotification> _writable{*this, &EchoConnection::onWritable};
    Observer<EchoConnection, ShutdownNotification> _shutdown{*this, &EchoConnection::onShutdown};
};

/// Takes new clients from the listener that all processes share: where another one was faster, there is none.
class EchoAcceptor
{
public:
    EchoAcceptor(const ServerSocket& listener, SocketReactor& reactor)
        : _listener(listener), _reactor(reactor)
    {
        _reactor.addEventHandler(_listener, _readable);
    }

private:
    void onReadable(const Poco::AutoPtr<ReadableNotification>&)
    {
        if (const auto client = cm::tryAccept(_listener)) new EchoConnection(*client, _reactor);
    }

    ServerSocket _listener;
    SocketReactor& _reactor;
    Observer<EchoAcceptor, ReadableNotification> _readable{*this, &EchoAcceptor::onReadable};
};

/// The host's stop descriptor among the reactor's sockets: a stop ends the reactor at once.
class StopSocket : public Socket
{
public:
    StopSocket(const cm::Child& child, SocketReactor& reactor)
        : Socket(new Descriptor(::dup(child.stopFd()))), _reactor(reactor)
    {
        _reactor.addEventHandler(*this, _readable);
    }

private:
    struct Descriptor : SocketImpl
    {
        explicit Descriptor(int fd) : SocketImpl(fd) {}
    };

    void onReadable(const Poco::AutoPtr<ReadableNotification>&) { _reactor.stop(); }

    SocketReactor& _reactor;
    Observer<StopSocket, ReadableNotification> _readable{*this, &StopSocket::onReadable};
};

void serve(cm::Child& child)
{
    SocketReactor reactor(Poco::Timespan(3600, 0));  // wakes for events alone
    const EchoAcceptor acceptor(cm::serverSocket(child, "echo"), reactor);
    const StopSocket stop(child, reactor);
    child.ready();
    reactor.run();
}

}  // namespace

CM_RUN_CHILD(serve)
