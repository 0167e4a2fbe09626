#pragma once

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <optional>
#include <string>

#include "Waiting.h"

namespace clustermanager::integration {

/// A control group of this test's own, of version 1 or 2, whichever the machine has. It is there until
/// remove(), when nobody is in it any more.
class ControlGroup
{
public:
    /// Nothing where this process may make none, or the controller is not there.
    static std::optional<ControlGroup> make(const std::string& controller)
    {
        static int number = 0;
        const std::string name = "/cm-test-" + std::to_string(::getpid()) + "-" + std::to_string(++number);
        for (const std::string& root : {"/sys/fs/cgroup/" + controller, std::string("/sys/fs/cgroup")})
        {
            const bool second = root == "/sys/fs/cgroup";
            if (::mkdir((root + name).c_str(), 0755) != 0) continue;
            ControlGroup made(root + name, second);
            const bool controls =
                !second || ::access((root + name + "/" + controller + ".max").c_str(), W_OK) == 0;
            if (controls && made.canBeEntered()) return made;
            (void)made.remove();
        }
        return std::nullopt;
    }

    bool isSecondVersion() const { return _second; }

    bool set(const std::string& file, const std::string& value) const
    {
        std::ofstream stream(_folder + "/" + file);
        return static_cast<bool>(stream << value << std::flush);
    }

    /// The process that calls this, and what it will start, are in it.
    bool enter() const { return set("cgroup.procs", std::to_string(::getpid())); }

    bool remove() const
    {
        return waitFor([this] { return ::rmdir(_folder.c_str()) == 0; });
    }

private:
    ControlGroup(std::string folder, bool second) : _folder(std::move(folder)), _second(second) {}

    bool canBeEntered() const
    {
        const pid_t pid = ::fork();
        if (pid == 0) ::_exit(enter() ? 0 : 1);
        int status = -1;
        return pid > 0 && ::waitpid(pid, &status, 0) == pid && status == 0;
    }

    std::string _folder;
    bool _second;
};

}  // namespace clustermanager::integration
