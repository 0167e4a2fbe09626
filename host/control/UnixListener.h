#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "base/FileDescriptor.h"
#include "base/FileIdentity.h"

namespace clustermanager::control {

/// Who may connect.
struct SocketRights
{
    unsigned mode = 0600;
    std::optional<gid_t> group;  // of the file; nothing: ours
};

/// The file of a listening Unix socket: never open to more than its mode and group say, removed at the end.
///
/// Invariant: it removes a file only while that is still the one it made, never another host's.
///
/// Not thread-safe.
class UnixListener
{
public:
    /// Only names the path.
    explicit UnixListener(std::string path, SocketRights rights = {})
        : _path(std::move(path)), _rights(rights)
    {}
    ~UnixListener() { remove(); }
    UnixListener(const UnixListener&) = delete;
    UnixListener& operator=(const UnixListener&) = delete;

    /// Makes the file, and the folder it is in (0700, and to be passed through by whom the mode lets connect)
    /// where that is missing. A file that a dead host left is replaced. The descriptor is non-blocking,
    /// close-on-exec and listens. Throws Poco::IOException with one sentence that names the path: too long,
    /// no socket, a live host on it, no folder, no right.
    FileDescriptor listen();

    /// The file that another image of this process made.
    using State = FileIdentity;
    const State& state() const { return _file; }
    void resume(const State& state) { _file = state; }

    /// Whether the path still leads to the socket that listen() made.
    bool intact() const { return _file.isAt(_path); }

    /// Gives the file other rights, at once. Throws Poco::IOException.
    void change(const SocketRights& rights);

    void remove() noexcept;

private:
    void makeFolder() const;

    std::string _path;
    SocketRights _rights;
    State _file;
};

}  // namespace clustermanager::control
