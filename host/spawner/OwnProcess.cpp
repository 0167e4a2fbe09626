#include "spawner/OwnProcess.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>

#include "base/Sanitizers.h"
#include "base/Signals.h"
#include "base/StandardError.h"

namespace clustermanager::spawner {

namespace {

constexpr int kFirstFree = 3;

constexpr int kOomStep = 200;  // as if it used a fifth of the memory there is in addition
constexpr int kOomMost = 1'000;

constexpr unsigned kThreadsAllowed = kThreadSanitizer ? 2 : 1;  // the sanitizer has one of its own

}  // namespace

void offerToOomKiller()
{
    const FileDescriptor file(::open("/proc/self/oom_score_adj", O_RDWR | O_CLOEXEC));
    std::array<char, 16> text{};
    if (::read(file.get(), text.data(), text.size() - 1) <= 0) return;
    const std::string raised = std::to_string(std::min(std::atoi(text.data()) + kOomStep, kOomMost));
    (void)::pwrite(file.get(), raised.data(), raised.size(), 0);
}

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
}

void Surroundings::restore() const
{
    if (_folder) (void)!::fchdir(_folder.get());
    (void)::umask(_mask);
}

void complain(const std::string& text)
{
    tellStandardError("spawner " + std::to_string(::getpid()) + ": " + text);
}

}  // namespace clustermanager::spawner
