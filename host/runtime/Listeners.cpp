#include "runtime/Listeners.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <utility>

#include "base/ListenSocket.h"
#include "base/SysError.h"
#include "runtime/StartError.h"

namespace clustermanager::runtime {
namespace {

constexpr int kUnavailable = 69;
constexpr int kSystem = 71;
constexpr int kCannotCreate = 73;
constexpr int kNoPermission = 77;
constexpr unsigned kUnixMode = 0660;  // a service's socket; the umask of the host does not narrow it

int exitCodeFor(int error, bool unixSocket)
{
    if (error == EACCES || error == EPERM) return kNoPermission;
    if (error == EADDRINUSE || error == EADDRNOTAVAIL) return kUnavailable;
    return unixSocket ? kCannotCreate : kUnavailable;
}

/// `owner` is who of this host has the address.
std::string advice(int error, bool unixSocket, const std::string& owner)
{
    if (error == EADDRINUSE && !owner.empty()) return "; " + owner;
    if (error == EADDRINUSE) return "; another process has it: stop that one, or choose another address";
    if (error == EACCES && unixSocket) return "; the host's user must be able to write to its folder";
    if (error == EACCES) return "; ports below 1024 need the capability CAP_NET_BIND_SERVICE";
    return "";
}

bool isUnix(const std::string& address)
{
    return address.rfind("unix:", 0) == 0;
}

/// Whether only one of the two can listen: all addresses of a kind have the port, or it is the same one.
bool exclude(const std::string& one, const std::string& other)
{
    if (one.empty() || other.empty()) return false;
    const auto hostOf = [](const std::string& address) { return address.substr(0, address.rfind(':')); };
    const auto portOf = [](const std::string& address) { return address.substr(address.rfind(':')); };
    const auto isAny = [&](const std::string& address) {
        return hostOf(address) == "0.0.0.0" || hostOf(address) == "[::]";
    };
    const bool sameKind = (one.front() == '[') == (other.front() == '[');
    return one == other || (sameKind && portOf(one) == portOf(other) && (isAny(one) || isAny(other)));
}

Result<FileDescriptor> duplicate(const FileDescriptor& socket)
{
    FileDescriptor copy(::fcntl(socket.get(), F_DUPFD_CLOEXEC, 0));
    if (!copy) return SysError{"dup", "", errno};
    return copy;
}

}  // namespace

Listeners::Listeners(const std::vector<config::Listener>& wanted)
{
    open(wanted, {});
}

Listeners::Listeners(const std::vector<State>& open)
{
    for (const State& listener : open)
    {
        _open.push_back({listener.name, listener.address, adopt(listener.socket), nullptr});
        if (!listener.file.empty()) _open.back().file.reset(new File{listener.file, listener.identity});
    }
}

std::vector<Listeners::State> Listeners::state() const
{
    std::vector<State> all;
    for (const Open& listener : _open)
        all.push_back({listener.name, listener.address, handed(listener.socket),
                       listener.file ? listener.file->path : std::string(),
                       listener.file ? listener.file->identity : FileIdentity()});
    return all;
}

/// Whoever is at its address is another one.
bool Listeners::Open::isLost() const
{
    const File* own = before != nullptr ? before->file.get() : file.get();
    return own != nullptr && !own->identity.isAt(own->path);
}

/// Nothing where it stays somebody else's, a companion's too.
Listeners::Shared Listeners::sharedAt(const std::string& address, const Opened& companions,
                                      const Neighbours& neighbours)
{
    const auto isThere = [&](const Open& open) { return open.address == address && !open.isLost(); };
    if (std::any_of(companions.begin(), companions.end(), isThere)) return {};
    const auto own = std::find_if(_open.begin(), _open.end(), isThere);
    if (own != _open.end())
    {
        const auto& leaving = neighbours.leaving;
        const bool leaves = std::find(leaving.begin(), leaving.end(), own->name) != leaving.end();
        return leaves ? Shared{&own->socket, &*own} : Shared{};
    }
    // The file of a Unix socket went with its listener.
    for (const FileDescriptor* socket : neighbours.held)
        if (!isUnix(address) && boundAddress(*socket) == address) return {socket, nullptr};
    return {};
}

std::string Listeners::whoHas(const std::string& address, const Neighbours& neighbours) const
{
    return whoHas(address, {}, neighbours);
}

std::string Listeners::whoHas(const std::string& address, const Opened& companions,
                              const Neighbours& neighbours) const
{
    const std::string other = ", or choose another address";
    for (const Open& open : companions)
        if (exclude(open.address, address))
            return "listen." + open.name + " has " + open.address + ": choose another address";
    for (const Open& open : _open)
        if (exclude(open.address, address) && !open.isLost())
            return "listen." + open.name + " of this host has " + open.address +
                   ": take that one out and reload first" + other;
    if (exclude(neighbours.control, address))
        return "the control port of this host has " + neighbours.control +
               ": move that one and reload first" + other;
    for (const FileDescriptor* socket : neighbours.held)
        if (const std::string held = boundAddress(*socket); exclude(held, address) && !isUnix(held))
            return "children of this host still serve on " + held + ": reload their group first" + other;
    return "";
}

Listeners::Open Listeners::openOne(const config::Listener& wanted, const Opened& companions,
                                   const Neighbours& neighbours)
{
    const bool local = wanted.family == config::Listener::Family::Unix;
    Result<FileDescriptor> socket =
        local ? listenUnix(wanted.path, kUnixMode) : listenTcp(wanted.host, wanted.port);
    Shared shared;
    std::string owner;
    if (!socket && socket.error().code == EADDRINUSE)
    {
        const std::string address = local ? "unix:" + wanted.path : addressToBind(wanted.host, wanted.port);
        shared = sharedAt(address, companions, neighbours);
        owner = whoHas(address, companions, neighbours);
    }
    if (shared.socket != nullptr) socket = duplicate(*shared.socket);
    if (!socket)
        throw StartError(exitCodeFor(socket.error().code, local),
                         "listen." + wanted.name + ": " + socket.error().text() +
                             advice(socket.error().code, local, owner));
    Open open{wanted.name, boundAddress(socket.value()), std::move(socket.value()), nullptr};
    open.before = shared.owner;
    if (local && open.before == nullptr)
        open.file.reset(new File{wanted.path, FileIdentity::of(wanted.path)});
    return open;
}

void Listeners::open(const std::vector<config::Listener>& wanted, const Neighbours& neighbours)
{
    Neighbours all = neighbours;
    for (const config::Listener& listener : wanted) all.leaving.push_back(listener.name);
    Opened opened;
    for (const config::Listener& listener : wanted) opened.push_back(openOne(listener, opened, all));
    for (Open& listener : opened)
        if (Open* before = std::exchange(listener.before, nullptr); before != nullptr)
            listener.file = std::move(before->file);
    for (const Open& listener : opened)
    {
        close(listener.name);
        watch(listener);
    }
    _open.splice(_open.end(), opened);
    watchFolders();
}

void Listeners::close(const std::string& name)
{
    _open.remove_if([&](const Open& listener) {
        if (listener.name != name) return false;
        if (_loop != nullptr) _loop->forget(listener.socket.get());
        return true;
    });
}

Listeners::~Listeners()
{
    if (_loop == nullptr) return;
    for (const Open& listener : _open) _loop->forget(listener.socket.get());
}

void Listeners::RemoveFile::operator()(const File* file) const
{
    if (file->identity.isAt(file->path)) (void)::unlink(file->path.c_str());
    delete file;
}

std::vector<FileDescriptor> Listeners::descriptors(const std::vector<std::string>& names) const
{
    std::vector<FileDescriptor> result;
    for (const std::string& name : names)
        for (const Open& listener : _open)
        {
            if (listener.name != name) continue;
            result.emplace_back(::fcntl(listener.socket.get(), F_DUPFD_CLOEXEC, 0));
            if (!result.back()) throw StartError(kSystem, "listen." + name + ": " + errnoText(errno));
        }
    return result;
}

void Listeners::measure(TimePoint now)
{
    if (_measuredAt != TimePoint{} && now - _measuredAt < kMeasureInterval) return;
    _measuredAt = now;
    for (Open& listener : _open) listener.queue = acceptQueue(listener.socket);
}

std::vector<core::ListenerSnapshot> Listeners::snapshot() const
{
    std::vector<core::ListenerSnapshot> result;
    for (const Open& listener : _open)
        result.push_back(
            {listener.name, listener.address, listener.queue, listener.file && listener.file->lost});
    return result;
}

std::vector<std::string> Listeners::lost() const
{
    std::vector<std::string> names;
    for (const Open& listener : _open)
        if (listener.file && listener.file->lost) names.push_back(listener.name);
    return names;
}

void Listeners::watch(EventLoop& loop, std::function<void(const std::string&)> warn)
{
    _loop = &loop;
    _warn = std::move(warn);
    // No event is asked for: connections are the children's. A hang-up is always told, and edge-triggered so
    // told once.
    for (const Open& listener : _open) watch(listener);
    watchFolders();
}

void Listeners::watch(const Open& listener)
{
    if (_loop == nullptr) return;
    _loop->watch(listener.socket.get(), EPOLLET, [this, &listener](std::uint32_t) { listenAgain(listener); });
}

void Listeners::listenAgain(const Open& listener)
{
    const Result<int> again = clustermanager::listenAgain(listener.socket);
    const std::string what =
        "listen." + listener.name + " (" + listener.address + "): a child has shut the shared socket down; ";
    _warn(what + (again ? "it listens again"
                        : "it cannot be repaired: " + again.error().text() + "; restart the host"));
}

void Listeners::watchFolders()
{
    if (_loop == nullptr) return;
    std::set<std::string> folders;
    for (const Open& listener : _open)
        if (listener.file) folders.insert(RemovalWatch::folderOf(listener.file->path));
    if (folders.empty()) return _files.reset();
    if (!_files)
        _files.emplace(
            *_loop, [this] { return lookAtFiles(); },
            [this](const std::string& problem) { _warn("the files of the listeners: " + problem); });
    _files->watch(folders);
}

/// Whether all are in their places.
bool Listeners::lookAtFiles()
{
    bool all = true;
    for (const Open& listener : _open)
    {
        if (!listener.file) continue;
        const bool lost = !listener.file->identity.isAt(listener.file->path);
        all = all && !lost;
        if (std::exchange(listener.file->lost, lost) == lost) continue;
        _warn("listen." + listener.name + " (" + listener.address + "): " +
              (lost ? "its file was removed, so nobody can connect any more; reload the configuration: then "
                      "it is bound again, and its groups get new processes"
                    : "its file is there again"));
    }
    return all;
}

}  // namespace clustermanager::runtime
