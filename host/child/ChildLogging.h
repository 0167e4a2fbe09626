#pragma once

#include <Poco/AutoPtr.h>
#include <Poco/Channel.h>

#include <cstdint>
#include <string>

#include "child/ChildFileChannel.h"
#include "link/Messages.h"

namespace clustermanager::child {

/// Poco's loggers in a child: a plugin that only calls Poco::Logger::get() writes to its child's file.
///
/// In the spawner prepare() makes everything that does not depend on the child; start() in the child only
/// names the file. Both run while the process has one thread.
class ChildLogging
{
public:
    /// Registers the channel's class, and hangs the root logger on a file without a name yet.
    void prepare(const link::GenerationPlan& plan);

    /// `name` is the process's slotName(). `level` is a CM_LOG_* number. With logging.* settings Poco's
    /// configurator is in charge of files, formats and the levels it names, and `level` is what it starts
    /// from. Settings it cannot work with are reported in the default file.
    void start(const link::GenerationPlan& plan, const std::string& name, int level);

    /// Now, and for loggers made later below `logger` ("": all).
    static void setLevel(const std::string& logger, int level);

private:
    void configure(const link::GenerationPlan& plan);

    Poco::AutoPtr<ChildFileChannel> _file;
};

/// LOGFOLDER/GROUP-NAME, the stem of a process's own files.
std::string fileStem(const link::GenerationPlan& plan, const std::string& name);

}  // namespace clustermanager::child
