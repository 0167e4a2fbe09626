#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/FileDescriptor.h"
#include "programs/Stamp.h"

namespace clustermanager::bench {

using Millis = std::chrono::milliseconds;

/// The pipe through which measured processes tell when they ran (programs/Stamp.h).
class Stamps
{
public:
    /// Makes the pipe at `path`.
    explicit Stamps(const std::string& path);

    const std::string& path() const { return _path; }

    /// The next moment told, or nothing where none came in time.
    std::optional<stamp> next(Millis patience) const;

    /// The moment of the first code of the next child. Throws where none came.
    stamp nextChild(Millis patience) const;

    /// The moments of a start: the beginning, and the first code of the last of `count` children. Throws
    /// where they did not all come.
    struct Start
    {
        std::int64_t begin = 0;
        std::int64_t last = 0;
    };
    Start start(unsigned count, Millis patience) const;

private:
    std::string _path;
    FileDescriptor _pipe;
};

inline double millisBetween(std::int64_t from, std::int64_t to)
{
    return static_cast<double>(to - from) / 1e6;
}

}  // namespace clustermanager::bench
