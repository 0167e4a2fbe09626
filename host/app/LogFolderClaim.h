#pragma once

#include <string>

#include "base/FileDescriptor.h"

namespace clustermanager::app {

/// Says to other hosts that this one logs into a folder, as long as it lives, and finds out whether another
/// does: two that rotate one file lose lines of each other. A read lock on the folder itself, so nothing is
/// left behind, nobody is kept out, and of two that come at once at least one sees the other. It does not
/// meet the flock of a control socket in the same folder.
class LogFolderClaim
{
public:
    explicit LogFolderClaim(const std::string& folder);

    /// Whether another host was there first. Where the file system has no locks, nobody knows.
    bool shared() const { return _shared; }

private:
    FileDescriptor _folder;
    bool _shared = false;
};

}  // namespace clustermanager::app
