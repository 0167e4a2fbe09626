#include "spawner/OwnProcess.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "base/Sanitizers.h"
#include "base/Signals.h"

namespace clustermanager::spawner {

namespace {

constexpr int kFirstFree = 3;

/// What is kept for a while only takes no number between those that are kept for ever. Within the kernel's
/// smallest table of descriptors.
constexpr int kFirstKept = 60;

constexpr unsigned kThreadsAllowed = kThreadSanitizer ? 2 : 1;  // the sanitizer has one of its own

}  // namespace

void closeInherited(FileDescriptor& link)
{
    if (link.get() != kFirstFree && ::dup3(link.get(), kFirstFree, O_CLOEXEC) == kFirstFree)
        link.reset(kFirstFree);
    ::closefrom(link.get() + 1);
}

sigset_t spawnerSignals()
{
    return signalSet(
        {SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGTSTP, SIGTTIN, SIGTTOU, SIGALRM});
}

void claimProcess()
{
    (void)::setpgid(0, 0);
    (void)::prctl(PR_SET_CHILD_SUBREAPER, 1);
    (void)::prctl(PR_SET_NAME, "cm-spawner");
    // In this order: nothing that is pending may be let through in between.
    resetDispositions();
    (void)setSignalMask(spawnerSignals());
}

bool hasThreads()
{
    std::ifstream status("/proc/self/status");
    for (std::string word; status >> word;)
    {
        if (word != "Threads:") continue;
        unsigned threads = 0;
        status >> threads;
        return threads > kThreadsAllowed;
    }
    return false;
}

Surroundings::Surroundings() : _folder(::open(".", O_PATH | O_DIRECTORY | O_CLOEXEC)), _mask(::umask(0))
{
    (void)::umask(_mask);
    for (int stream = 0; stream < kFirstFree; ++stream)
        _streams[static_cast<std::size_t>(stream)].reset(::fcntl(stream, F_DUPFD_CLOEXEC, kFirstKept));
}

void Surroundings::restore() const
{
    if (_folder) (void)!::fchdir(_folder.get());
    (void)::umask(_mask);
    for (int stream = 0; stream < kFirstFree; ++stream)
    {
        if (::fcntl(stream, F_GETFD) >= 0) continue;
        const FileDescriptor& kept = _streams[static_cast<std::size_t>(stream)];
        if (::dup2(kept.get(), stream) < 0) (void)!::open("/dev/null", O_RDWR);  // takes the lowest number
    }
}

void complain(const std::string& text)
{
    const std::string line = "spawner " + std::to_string(::getpid()) + ": " + text + '\n';
    (void)!::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace clustermanager::spawner
