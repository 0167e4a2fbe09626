#pragma once

#include <string>

#include "base/FileDescriptor.h"

namespace clustermanager::app {

/// Our process id in a file that is locked as long as we live: the lock, not the number, says whether
/// somebody runs. The file goes with this object, unless somebody has put another in its place.
class PidFile
{
public:
    /// Throws runtime::StartError: 73 where it cannot be made, 69 where another process holds it.
    explicit PidFile(const std::string& path);
    /// One that another image of this process has.
    struct State
    {
        std::string path;
        HandedFd file;

        template <class IO>
        void fields(IO& io)
        {
            io(path);
            io(file);
        }
    };
    explicit PidFile(const State& state) : _path(state.path), _file(adopt(state.file)) {}
    State state() const { return {_path, handed(_file)}; }

    ~PidFile();
    PidFile(const PidFile&) = delete;
    PidFile& operator=(const PidFile&) = delete;

private:
    std::string _path;
    FileDescriptor _file;
};

}  // namespace clustermanager::app
