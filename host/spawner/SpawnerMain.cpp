#include "spawner/SpawnerMain.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <string>
#include <utility>

#include "base/FaultPoint.h"
#include "base/ProcessSysLinux.h"
#include "base/Signals.h"
#include "spawner/Confinement.h"
#include "spawner/Loading.h"
#include "spawner/Opening.h"
#include "spawner/OwnProcess.h"
#include "spawner/SpawnerLoop.h"

namespace clustermanager::spawner {

namespace {

constexpr int kExitBadOpening = 76;  // EX_PROTOCOL
constexpr int kExitSystem = 71;      // EX_OSERR

bool hasSocketOption(int fd, int option, int wanted)
{
    int value = 0;
    socklen_t size = sizeof value;
    return ::getsockopt(fd, SOL_SOCKET, option, &value, &size) == 0 && value == wanted;
}

/// As whom the plugin's code is to run, and that code then.
link::FromSpawner load(ProcessSys& sys, child::Workshop& workshop, link::Link& master,
                       FileDescriptor& signals)
{
    if (std::optional<std::string> problem = becomeAccountOf(workshop.plan()))
        return link::LoadFailed{link::LoadFailed::Kind::Unloadable, std::move(*problem)};
    return workshop.plan().preload ? loadHere(workshop, master)
                                   : loadElsewhere(sys, workshop, master, signals);
}

}  // namespace

std::optional<FileDescriptor> takeSpawnerRole()
{
    const char* variable = std::getenv(kSpawnerLinkVariable);  // NOLINT(concurrency-mt-unsafe): one thread
    if (variable == nullptr) return std::nullopt;
    const std::string text = variable;
    (void)::unsetenv(kSpawnerLinkVariable);  // NOLINT(concurrency-mt-unsafe): one thread

    int fd = -1;
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), fd);
    const bool isNumber = error == std::errc{} && rest == text.data() + text.size();
    if (!isNumber || fd <= STDERR_FILENO) return std::nullopt;
    if (!hasSocketOption(fd, SO_DOMAIN, AF_UNIX) || !hasSocketOption(fd, SO_TYPE, SOCK_SEQPACKET))
        return std::nullopt;
    if (::fcntl(fd, F_SETFD, FD_CLOEXEC) != 0) return std::nullopt;
    return FileDescriptor(fd);
}

int runSpawner(FileDescriptor link, std::optional<child::Program> embedded)
{
    claimProcess();
    offerToOomKiller();
    closeInherited(link);
    CM_FAULT_POINT("spawner.begun");
    std::variant<Opening, std::string> received = receiveOpening(link);
    if (const auto* problem = std::get_if<std::string>(&received))
    {
        complain(*problem);
        return kExitBadOpening;
    }
    Result<FileDescriptor> signals = openSignalFd(spawnerSignals());
    if (!signals)
    {
        complain(signals.error().text());
        return kExitSystem;
    }

    CM_FAULT_POINT("spawner.opened");
    auto& opening = std::get<Opening>(received);
    ProcessSysLinux sys;
    link::Link master(std::move(link));
    child::Workshop workshop(std::move(opening.plan), std::move(opening.pluginFile), std::move(embedded));
    const link::FromSpawner loaded = load(sys, workshop, master, signals.value());
    if (std::holds_alternative<link::Loaded>(loaded)) workshop.prepare();
    CM_FAULT_POINT("spawner.loaded");
    return SpawnerLoop(sys, workshop, std::move(master), std::move(signals.value())).run(loaded);
}

}  // namespace clustermanager::spawner
