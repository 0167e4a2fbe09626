#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/FileDescriptor.h"
#include "base/Types.h"

namespace clustermanager::app {

/// From an image that cannot go on back to the one before: as long as this is open, that is one exec away,
/// and is taken by itself where this image is not up in time.
///
/// Threading: the main thread, before there are others.
class WayBack
{
public:
    static constexpr unsigned kSeconds = 10;

    /// Leaves: goes on in `program` with the state in the file, and with those descriptors, unless `whyNot`
    /// has an objection at the last moment. Returns only where that is not possible: why; everything is as
    /// before then.
    static std::string leave(const std::string& program, const std::vector<std::string>& arguments,
                             const FileDescriptor& state, const std::vector<int>& handed,
                             const std::function<std::string()>& whyNot);

    /// In the image that has taken over: `program` is the one to go back to, with the same command line.
    /// Takes SIGALRM.
    WayBack(HandedFd program, HandedFd state, std::vector<std::string> arguments = ownArguments());
    ~WayBack() { close(); }
    WayBack(const WayBack&) = delete;
    WayBack& operator=(const WayBack&) = delete;

    /// Returns only where there is no way back (any more).
    void take(const std::string& reason) const;

    /// This image goes on.
    void close();

    /// The command line of this process as exec got it, whatever has become of argv since.
    static std::vector<std::string> ownArguments();

private:
    HandedFd _program;
    HandedFd _state;
    std::vector<std::string> _arguments;
};

}  // namespace clustermanager::app
