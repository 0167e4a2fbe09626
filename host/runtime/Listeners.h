#pragma once

#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/AcceptQueue.h"
#include "base/FileDescriptor.h"
#include "base/FileIdentity.h"
#include "base/Types.h"
#include "config/HostConfig.h"
#include "core/Snapshot.h"
#include "runtime/EventLoop.h"
#include "runtime/RemovalWatch.h"

namespace clustermanager::runtime {

/// The listening sockets of all groups. Each is opened once, before any child of its, and stays open until an
/// operator takes it out of the configuration or the host ends, so no restart of a child refuses or resets a
/// connection.
///
/// They are non-blocking, so that a child which loses the race for a connection does not fall asleep in
/// accept.
///
/// A child that calls shutdown() on one stops it for all: that is noticed, and the socket listens again. That
/// the file of a Unix socket was removed is noticed and told; the children have the old socket, so it is
/// bound again only together with new ones.
class Listeners
{
public:
    /// Opens all. Throws StartError: 69 address in use or not of this machine, 73 a Unix socket cannot be
    /// made there, 77 no right to the port; each names the listener and its address.
    explicit Listeners(const std::vector<config::Listener>& wanted);

    /// One that is open, for another process image of this process.
    struct State
    {
        std::string name;
        std::string address;
        HandedFd socket;
        std::string file;       // of a Unix socket; "": none
        FileIdentity identity;  // of that

        template <class IO>
        void fields(IO& io)
        {
            io(name);
            io(address);
            io(socket);
            io(file);
            io(identity);
        }
    };
    explicit Listeners(const std::vector<State>& open);
    std::vector<State> state() const;

    ~Listeners();
    Listeners(const Listeners&) = delete;
    Listeners& operator=(const Listeners&) = delete;

    /// What of this host may have a wanted address.
    struct Neighbours
    {
        std::vector<std::string> leaving;         // listeners that are closed after this
        std::vector<const FileDescriptor*> held;  // the sockets that our generations hold
        std::string control;                      // where the control port listens; "": nowhere
    };
    /// Opens these as well, in the place of others of the same name; all, or none and throws StartError. What
    /// is replaced lives on in the children that have it. A socket that has the address of a wanted one is
    /// used again, with its file, where its listener leaves or is replaced, or where generations alone hold
    /// it.
    void open(const std::vector<config::Listener>& wanted, const Neighbours& neighbours);
    void close(const std::string& name);

    /// Which part of this host has the address, or one that excludes it, and what is to be done then, as the
    /// end of a sentence; "": none has.
    std::string whoHas(const std::string& address, const Neighbours& neighbours) const;

    /// Descriptors of the same sockets, in the order of `names`: who has them keeps them, whatever becomes of
    /// the listener. Throws StartError (71) where the kernel has none left.
    std::vector<FileDescriptor> descriptors(const std::vector<std::string>& names) const;

    /// Reads their accept queues, where that was not done just now.
    void measure(TimePoint now);
    std::vector<core::ListenerSnapshot> snapshot() const;

    /// Those whose file was removed or replaced: they serve whom they have, and nobody can connect any more.
    /// To open such a one again binds it again, for children that are started then.
    std::vector<std::string> lost() const;

    /// Watches for shutdown() by a child and for the files; `warn` gets the sentence for the operator.
    void watch(EventLoop& loop, std::function<void(const std::string&)> warn);

private:
    /// Of a Unix socket: goes with its owner, unless another is in its place.
    struct File
    {
        std::string path;
        FileIdentity identity;
        bool lost = false;
    };
    struct RemoveFile
    {
        void operator()(const File* file) const;
    };

    struct Open
    {
        std::string name;
        std::string address;  // the real one
        FileDescriptor socket;
        std::unique_ptr<File, RemoveFile> file;
        std::optional<AcceptQueue> queue = std::nullopt;
        Open* before = nullptr;  // whose socket it shares, until it takes over the file as well

        bool isLost() const;
    };
    using Opened = std::list<Open>;

    /// A socket that is open already, and whose it is where it is a listener's.
    struct Shared
    {
        const FileDescriptor* socket = nullptr;
        Open* owner = nullptr;
    };
    Open openOne(const config::Listener& wanted, const Opened& companions, const Neighbours& neighbours);
    Shared sharedAt(const std::string& address, const Opened& companions, const Neighbours& neighbours);
    std::string whoHas(const std::string& address, const Opened& companions,
                       const Neighbours& neighbours) const;
    void watch(const Open& listener);
    void listenAgain(const Open& listener);
    void watchFolders();
    bool lookAtFiles();

    static constexpr Millis kMeasureInterval{100};

    Opened _open;
    TimePoint _measuredAt{};
    EventLoop* _loop = nullptr;
    std::function<void(const std::string&)> _warn;
    std::optional<RemovalWatch> _files;
};

}  // namespace clustermanager::runtime
