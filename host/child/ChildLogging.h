#pragma once

#include <Poco/AutoPtr.h>
#include <Poco/Channel.h>

#include <cstdint>
#include <optional>
#include <string>

#include "child/ChildFileChannel.h"
#include "child/LogChannels.h"
#include "link/Messages.h"

namespace clustermanager::child {

/// Poco's loggers in a child: a plugin that only calls Poco::Logger::get() writes to its child's file.
///
/// In the spawner prepare() makes everything that does not depend on the child; introduce() only names the
/// file and sets the level. All of it runs while no other thread logs.
class ChildLogging
{
public:
    /// Registers our classes with Poco, and hangs the root logger on a file without a name yet.
    void prepare(const link::GenerationPlan& plan);

    /// The log is to be that of the process with this slotName(), and this CM_CHILD_ID where that is a
    /// number. `level` is a CM_LOG_* number; without one it stays as it is. Touches no memory but this
    /// object, where the level is the same as before.
    void introduce(std::string name, std::string id, std::optional<int> level);

    /// In the process's own. With logging.* settings Poco's configurator is in charge of files, formats and
    /// the levels it names, and the level introduced is what it starts from. Settings it cannot work with are
    /// reported in the default file.
    void begin(const link::GenerationPlan& plan);

    /// Every log file is opened again by its path, with the next record. Any thread, after begin().
    void reopen();

    /// Now, and for loggers made later below `logger` ("": all).
    static void setLevel(const std::string& logger, int level);

private:
    void configure(const link::GenerationPlan& plan);

    std::string _name;          // of the process introduced last
    std::optional<int> _level;  // as introduced last
    LogOrigin _origin;          // ... of it
    Poco::AutoPtr<ChildFileChannel> _file;
    std::optional<LogChannels> _channels;  // where logging.* keys are in charge
};

/// LOGFOLDER/GROUP-NAME, the stem of a process's own files.
std::string fileStem(const link::GenerationPlan& plan, const std::string& name);

}  // namespace clustermanager::child
