#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/FileDescriptor.h"
#include "base/PrintableText.h"
#include "base/SysError.h"
#include "cmctl/Failure.h"
#include "cmctl/ProjectFiles.h"
#include "cmctl/Session.h"
#include "cmctl/commands/Commands.h"

namespace clustermanager::cmctl {

namespace {

constexpr std::size_t kLongestName = 32;

/// Which CMake and its generators keep for themselves, and the group that would be every group.
constexpr std::array kTaken = {"all",     "clean",   "depend",     "edit_cache",    "help",
                               "install", "package", "preinstall", "rebuild_cache", "test"};

/// It becomes a CMake target, a file and the name of a group.
void checkName(const std::string& name)
{
    constexpr const char* kAllowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    const bool good = !name.empty() && name.size() <= kLongestName &&
                      name.find_first_not_of(kAllowed) == std::string::npos &&
                      ((name[0] | 0x20) >= 'a' && (name[0] | 0x20) <= 'z');
    if (!good)
        throw usage("'" + printable(name) +
                    "' is no name for a plugin: a letter, then at most 31 letters, digits, '_' and '-'");
    if (std::find(kTaken.begin(), kTaken.end(), name) != kTaken.end())
        throw usage("'" + name + "' is no name for a plugin: CMake keeps it for itself; choose another one");
}

void makeFolder(const std::string& path)
{
    if (::mkdir(path.c_str(), 0777) == 0) return;
    if (errno == EEXIST)
        throw refused("'" + path + "' is there already and stays as it is: choose another name");
    throw refused(SysError{"mkdir", path, errno}.text());
}

void write(const std::string& path, const ProjectFile& file)
{
    const FileDescriptor opened(
        ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, file.program ? 0777 : 0666));
    if (!opened) throw refused(SysError{"open", path, errno}.text());
    for (std::size_t done = 0; done < file.content.size();)
    {
        const ssize_t size = ::write(opened.get(), file.content.data() + done, file.content.size() - done);
        if (size < 0) throw refused(SysError{"write", path, errno}.text());
        done += static_cast<std::size_t>(size);
    }
}

}  // namespace

int commands::newPlugin(Session& session)
{
    const std::string name = session.asked().argument(0);
    checkName(name);
    makeFolder(name);
    makeFolder(name + "/test");
    for (const ProjectFile& file : projectFiles(name, session.asked().has("embedded")))
    {
        write(name + "/" + file.path, file);
        session.output().line(name + "/" + file.path);
    }
    session.output().line("\nNow: cd " + name +
                          " && cmake -G Ninja -B build && cmake --build build && ctest --test-dir build");
    return 0;
}

}  // namespace clustermanager::cmctl
