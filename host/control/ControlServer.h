#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/FileDescriptor.h"
#include "control/Gate.h"
#include "control/RequestGuard.h"
#include "control/Router.h"
#include "control/Transport.h"
#include "control/UnixListener.h"
#include "core/Ports.h"

namespace clustermanager::control {

struct ControlOptions
{
    std::string socketPath;
    std::string tcpAddress = "127.0.0.1";
    int tcpPort = -1;   // -1: no TCP; 0: the kernel chooses
    std::string token;  // "": none; wanted from every request over TCP, never on the Unix socket

    core::HistorySource* history = nullptr;  // null: it is off; else it outlives the server

    /// Told what the operator should know, from the gates' threads. May be empty.
    std::function<void(const std::string&)> warn;

    GateLimits limits;  // of each transport
    // Half of them at most wait for operations.
    int socketThreads = 2;
    int tcpThreads = 4;
};

/// The control port: Poco's HTTPServer behind a gate, on a Unix socket always and on TCP where asked.
///
/// Threading: one thread constructs, starts, stops and destroys it and asks it; the two ports are called on
/// threads of its own, several at once.
class ControlServer
{
public:
    /// The ports must outlive the server.
    ControlServer(ControlOptions options, core::SnapshotSource& snapshots, core::CommandInbox& inbox);
    ~ControlServer();
    ControlServer(const ControlServer&) = delete;
    ControlServer& operator=(const ControlServer&) = delete;

    /// Opens everything or nothing. Throws a Poco exception with one clear sentence: an address in use, not
    /// ours or privileged, an address that others reach without a token, a socket path that is too long, is
    /// something else, has no folder, or is another live host's.
    void start();

    /// Its sockets, for another image of this process.
    struct State
    {
        HandedFd socket;
        UnixListener::State file;
        HandedFd tcp;  // none: no TCP

        template <class IO>
        void fields(IO& io)
        {
            io(socket);
            io(file);
            io(tcp);
        }
    };
    State state() const;
    /// In the place of start(): goes on with them.
    void resume(const State& state);

    /// Answers all who have connected, and takes no request any more, but keeps its sockets: who connects
    /// waits until goOn().
    void pause();
    void goOn();

    /// Takes no request any more, and waits for those that are being answered: 50 ms, and after that only for
    /// the CommandInbox. Removes the socket's file. Idempotent.
    void stop();

    /// "127.0.0.1:5111" with the real port; "" without TCP.
    std::string tcpAddressInUse() const { return _tcpAddressInUse; }

    const std::string& socketPath() const { return _options.socketPath; }

    /// Whether the socket's file is where it was made. Cheap, so the host may ask every few seconds.
    bool socketFileIntact() const;
    /// Makes the file again. Throws as start() does; the server then runs on as it is.
    void restoreSocketFile();

private:
    void serve();
    Transport::Settings settings(int threads, const RequestGuard& guard) const;

    ControlOptions _options;
    Router _router;
    UnixListener _socketFile;
    FileDescriptor _socketListener;  // the same as the transports have
    FileDescriptor _tcpListener;     // none: no TCP
    std::string _tcpAddressInUse;
    std::unique_ptr<Transport> _socket;
    std::unique_ptr<Transport> _tcp;
};

}  // namespace clustermanager::control
