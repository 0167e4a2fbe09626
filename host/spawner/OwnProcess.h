#pragma once

#include <sys/types.h>

#include <csignal>
#include <string>

#include "base/FileDescriptor.h"

/// What the spawner sets on its own process.
namespace clustermanager::spawner {

/// Where memory is short the kernel is to take a child, which is started again, or this process, which its
/// children survive, and not the master. They inherit it. To raise it needs no right; where it cannot be done
/// it stays as it was.
void offerToOomKiller();

/// Closes every descriptor but 0 to 2 and the link: what the master had open is not for us, and not for our
/// children. Poco opens its sockets and files without close-on-exec.
void closeInherited(FileDescriptor& link);

/// The signals that the spawner takes from a descriptor. It acts on SIGCHLD alone. The others are blocked so
/// that a terminal's Ctrl-C, or a stop that a service manager sends to every process, does not end it before
/// its children.
sigset_t spawnerSignals();

/// Makes this process what a spawner is: the parent of whoever loses theirs, in a process group of its own,
/// with default dispositions and spawnerSignals() blocked. May be repeated after code of a plugin has run.
void claimProcess();

/// More than one thread here means that this process must not fork.
bool hasThreads();

/// The working folder and file mode mask, which a plugin's constructor may change and its children shall find
/// as the operator set them.
class Surroundings
{
public:
    Surroundings();
    void restore() const;

private:
    FileDescriptor _folder;
    mode_t _mask;
};

/// One line on standard error.
void complain(const std::string& text);

}  // namespace clustermanager::spawner
