#pragma once

#include <string>

#include "base/FileIdentity.h"
#include "child/LogFile.h"

namespace clustermanager::child {

/// A file in place of a child's standard output and error. What is written there is the plugin's own and its
/// programs', and passes nobody, so its size is looked at now and then.
///
/// Not thread-safe, throws nothing but std::bad_alloc.
class OutputFile
{
public:
    /// Both go to `path` from here on, appended. Empty: done; else what went wrong, and all is as before.
    std::string open(std::string path, LogFile::Rotation rotation);

    /// To a file of that name again, which may be another by now. As open().
    std::string reopen();

    /// Archives a file that has grown beyond the rotation's size, and goes on in a new one. What the plugin
    /// has sent elsewhere stays there; a program that it has started goes on in the archive. As open().
    std::string rotateWhenFull();

private:
    std::string _path;
    LogFile::Rotation _rotation;
    FileIdentity _file;  // none: the output is somebody else's
};

}  // namespace clustermanager::child
