#pragma once

#include <sys/types.h>

#include <string>

#include "base/FileDescriptor.h"

namespace clustermanager::control {

/// The file of a listening Unix socket: made with mode 0600 from its first moment, removed at the end.
///
/// Invariant: it removes a file only while that is still the one it made, never another host's.
///
/// Not thread-safe.
class UnixListener
{
public:
    /// Only names the path.
    explicit UnixListener(std::string path) : _path(std::move(path)) {}
    ~UnixListener() { remove(); }
    UnixListener(const UnixListener&) = delete;
    UnixListener& operator=(const UnixListener&) = delete;

    /// Makes the file, and the folder it is in (mode 0700) where that is missing. A file that a dead host
    /// left is replaced. The descriptor is non-blocking, close-on-exec and listens. Throws Poco::IOException
    /// with one sentence that names the path: too long, no socket, a live host on it, no folder, no right.
    FileDescriptor listen();

    /// The file that another image of this process made.
    struct State
    {
        bool made = false;
        dev_t device = 0;
        ino_t inode = 0;

        template <class IO>
        void fields(IO& io)
        {
            io(made);
            io(device);
            io(inode);
        }
    };
    const State& state() const { return _file; }
    void resume(const State& state) { _file = state; }

    /// Whether the path still leads to the socket that listen() made.
    bool intact() const;

    void remove() noexcept;

private:
    std::string _path;
    State _file;
};

}  // namespace clustermanager::control
