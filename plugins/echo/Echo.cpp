/// A TCP service with Poco's SocketReactor: one thread in each process serves all its connections. What a
/// client sends comes back. On a stop, who is idle is let go, and the others get back what they have sent.
#include <clustermanager/poco.hpp>

#include <Poco/NObserver.h>
#include <Poco/Net/SocketNotification.h>
#include <Poco/Net/SocketReactor.h>

#include <set>
#include <string>

CM_PLUGIN("echo", "1.0")

namespace {

using namespace Poco::Net;

template <class Owner, class Event>
using Observer = Poco::NObserver<Owner, Event>;

class EchoConnection;

/// Takes new clients from the listener that all processes share (where another one was faster, there is none)
/// until it is to leave; then it lets go who is idle, and ends the reactor with the last one.
class EchoServer
{
public:
    explicit EchoServer(const cm::Child& child)
        : _reactor(child, [this] { leave(); }), _listener(cm::serverSocket(child, "echo"))
    {
        _reactor.addEventHandler(_listener, _readable);
    }

    void run() { _reactor.run(); }

    SocketReactor& reactor() { return _reactor; }
    void opened(EchoConnection& connection) { _connections.insert(&connection); }
    void closed(EchoConnection& connection)
    {
        _connections.erase(&connection);
        if (_leaving && _connections.empty()) _reactor.stop();
    }

private:
    void onReadable(const Poco::AutoPtr<ReadableNotification>&);
    void leave();

    cm::ChildReactor _reactor;
    ServerSocket _listener;
    std::set<EchoConnection*> _connections;
    bool _leaving = false;
    Observer<EchoServer, ReadableNotification> _readable{*this, &EchoServer::onReadable};
};

/// One client. Deletes itself when the client hangs up or the reactor stops, and when the server is leaving,
/// everything is sent back that has come, and nothing more comes. Reads on only when the client has taken
/// what it was sent, so one that does not read costs a single buffer.
class EchoConnection
{
public:
    EchoConnection(const StreamSocket& socket, EchoServer& server)
        : _socket(socket), _server(server), _reactor(server.reactor())
    {
        _server.opened(*this);
        _socket.setBlocking(false);
        _reactor.addEventHandler(_socket, _readable);
        _reactor.addEventHandler(_socket, _shutdown);
    }

    /// The server is leaving: ends when nothing comes any more.
    void finish() { _reactor.addEventHandler(_socket, _quiet); }

private:
    EchoConnection(const EchoConnection&) = delete;
    EchoConnection& operator=(const EchoConnection&) = delete;
    ~EchoConnection()
    {
        _reactor.removeEventHandler(_socket, _readable);
        _reactor.removeEventHandler(_socket, _writable);
        _reactor.removeEventHandler(_socket, _shutdown);
        _reactor.removeEventHandler(_socket, _quiet);
        _server.closed(*this);
    }

    void onReadable(const Poco::AutoPtr<ReadableNotification>&) { echoSome(); }

    void echoSome()
    {
        char bytes[4096];
        const int size = transfer([&] { return _socket.receiveBytes(bytes, sizeof bytes); });
        if (size == kEnded) return delete this;
        if (size < 0) return;
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

    /// Half a second after a stop and after anything came: what the client has sent is here, and sent back.
    void onQuiet(const Poco::AutoPtr<TimeoutNotification>&)
    {
        if (_unsent.empty()) delete this;
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
    EchoServer& _server;
    SocketReactor& _reactor;
    std::string _unsent;
    Observer<EchoConnection, ReadableNotification> _readable{*this, &EchoConnection::onReadable};
    Observer<EchoConnection, WritableNotification> _writable{*this, &EchoConnection::onWritable};
    Observer<EchoConnection, TimeoutNotification> _quiet{*this, &EchoConnection::onQuiet};
    Observer<EchoConnection, ShutdownNotification> _shutdown{*this, &EchoConnection::onShutdown};
};

void EchoServer::onReadable(const Poco::AutoPtr<ReadableNotification>&)
{
    if (const auto client = cm::tryAccept(_listener)) new EchoConnection(*client, *this);
}

void EchoServer::leave()
{
    _leaving = true;
    _reactor.removeEventHandler(_listener, _readable);
    if (_connections.empty()) return _reactor.stop();
    for (EchoConnection* connection : _connections) connection->finish();
}

void serve(cm::Child& child)
{
    EchoServer server(child);
    child.ready();
    server.run();
}

}  // namespace

CM_RUN_CHILD(serve)
