#pragma once

#include <string>

#include "base/FileDescriptor.h"

namespace clustermanager::app {

/// Becoming a daemon, and telling whoever started us how that went: the first process stays until the daemon
/// serves, or has failed, and leaves with its exit code and its sentence. (Poco's own daemon mode leaves with
/// 0 before it has read a line of the configuration.)
class DaemonStart
{
public:
    /// Forks: returns in the daemon, in a session of its own, its working folder "/" and its standard streams
    /// on /dev/null. The first process does not return. Before any thread is started. Throws
    /// runtime::StartError.
    DaemonStart();

    /// The daemon serves: the first process leaves with 0.
    void succeeded();

    /// The daemon cannot: the first process prints the sentence and leaves with this code.
    void failed(int exitCode, const std::string& sentence);

private:
    void report(int exitCode, const std::string& sentence);

    FileDescriptor _report;
};

}  // namespace clustermanager::app
