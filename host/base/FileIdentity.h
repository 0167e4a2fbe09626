#pragma once

#include <sys/stat.h>

#include <string>

namespace clustermanager {

/// Which file it is, whatever its name leads to by now.
struct FileIdentity
{
    dev_t device = 0;
    ino_t inode = 0;  // 0: none, and equal to no file's

    /// Of what the path names itself, be it a link; none where there is nothing.
    static FileIdentity of(const std::string& path)
    {
        struct stat facts = {};
        return ::lstat(path.c_str(), &facts) == 0 ? FileIdentity{facts.st_dev, facts.st_ino} : FileIdentity();
    }
    static FileIdentity of(int fd)
    {
        struct stat facts = {};
        return ::fstat(fd, &facts) == 0 ? FileIdentity{facts.st_dev, facts.st_ino} : FileIdentity();
    }

    /// Whether the path still leads to it.
    bool isAt(const std::string& path) const { return of(path) == *this; }

    bool operator==(const FileIdentity& other) const
    {
        return inode != 0 && inode == other.inode && device == other.device;
    }

    template <class IO>
    void fields(IO& io)
    {
        io(device);
        io(inode);
    }
};

}  // namespace clustermanager
