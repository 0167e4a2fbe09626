#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "access/Certificates.h"
#include "access/Tokens.h"
#include "base/FileDescriptor.h"
#include "control/Audit.h"
#include "control/EntryRules.h"
#include "control/Gate.h"
#include "control/RareWarning.h"
#include "control/Router.h"
#include "control/Streams.h"
#include "control/Transport.h"
#include "control/UnixListener.h"
#include "core/Metrics.h"
#include "core/Ports.h"

namespace clustermanager::control {

/// Who may come in, and where. All but the socket's path may change while the port serves.
struct ControlAccess
{
    std::string socketPath;
    SocketRights socketRights;  // members of its group operate, others who can connect read
    std::string tcpAddress = "127.0.0.1";
    int tcpPort = -1;                   // -1: no TCP; 0: the kernel chooses
    access::Tokens tokens;              // none: none is wanted; never on the Unix socket
    access::Certificates certificates;  // none: TCP in clear
};

struct ControlOptions : ControlAccess
{
    /// Told what the operator should know, from the gates' threads. May be empty.
    std::function<void(const std::string&)> warn;
    /// Told of every request for a change, from the threads that answer. May be empty.
    Audit audit;
    core::HistorySource* history = nullptr;  // null: it is off; else it outlives the server

    core::Metrics* metrics = nullptr;  // told of requests, and shown; outlives the server

    GateLimits limits;     // of each transport
    StreamLimits streams;  // of each transport
    StreamLoop::Settings streaming;
    // Half of them at most wait for operations.
    int socketThreads = 4;
    int tcpThreads = 6;
};

/// The control port: Poco's HTTPServer behind a gate, on a Unix socket always and on TCP where asked.
///
/// Threading: one thread constructs, starts, changes, stops and destroys it and asks it; the two ports are
/// called on threads of its own, several at once.
class ControlServer
{
public:
    /// The ports must outlive the server.
    ControlServer(ControlOptions options, core::SnapshotSource& snapshots, core::CommandInbox& inbox,
                  core::OccurrenceSource& occurrences);
    ~ControlServer();
    ControlServer(const ControlServer&) = delete;
    ControlServer& operator=(const ControlServer&) = delete;

    /// Opens everything or nothing. Throws a Poco exception with one clear sentence: an address in use, not
    /// ours or privileged, an address that others reach without a token, certificates that do not fit, a
    /// socket path that is too long, is something else, has no folder, or is another live host's.
    void start();

    /// Opens and checks what another access needs, and throws as start() does; nothing has changed then.
    /// Calling what it returns puts that in force, for all requests that are not whole yet, without waiting
    /// for anybody; the socket's path stays. Not calling it forgets it.
    std::function<void()> prepare(ControlAccess access);

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
    /// waits until goOn(). Streams end; their readers connect again.
    void pause();
    void goOn();

    /// Takes no request any more, and waits for those that are being answered: 50 ms, and after that only for
    /// the CommandInbox. Removes the socket's file. Idempotent.
    void stop();

    /// "127.0.0.1:5111" with the real port; "" without TCP.
    std::string tcpAddressInUse() const;
    /// The same as an address for a browser, "https://127.0.0.1:5111/".
    std::string url() const;

    const std::string& socketPath() const { return _options.socketPath; }

    /// Whether the socket's file, where there is to be one, is where it was made. Cheap, so the host may ask
    /// every few seconds.
    bool socketFileIntact() const;
    /// Makes the file again. Throws as start() does; the server then runs on as it is.
    void restoreSocketFile();

private:
    void serve(std::shared_ptr<const access::TlsContext> tls);
    void serveTcp();
    void changeSocketFile();
    EntryRules::Rules socketRules() const;
    EntryRules::Rules tcpRules() const;
    Transport::Settings settings(int threads, const std::shared_ptr<EntryRules>& rules) const;

    ControlOptions _options;
    Streams _streams;
    Router _router;
    UnixListener _socketFile;
    std::shared_ptr<RareWarning> _broken;
    FileDescriptor _socketListener;  // the same as the transports have
    FileDescriptor _tcpListener;     // none: no TCP
    std::shared_ptr<const access::TlsContext> _tls;
    std::shared_ptr<EntryRules> _socketRules;
    std::shared_ptr<EntryRules> _tcpRules;
    std::unique_ptr<Transport> _socket;
    std::unique_ptr<Transport> _tcp;  // once there was TCP, it stays, and may have no listener
};

}  // namespace clustermanager::control
