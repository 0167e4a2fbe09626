#pragma once

#include <spawn.h>
#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "base/SysError.h"

namespace clustermanager {

/// Starts a program with signals as a fresh process has them, in a process group of its own, with no
/// descriptor but the standard ones and those it is to keep. Poco blocks signals in the threads it touches,
/// and a parent may have ignored some of ours: exec inherits both.
class CleanExec
{
public:
    CleanExec();
    ~CleanExec();
    CleanExec(const CleanExec&) = delete;
    CleanExec& operator=(const CleanExec&) = delete;

    /// The program has it under this number.
    void keepAs(int fd, int number);

    /// The program has no controlling terminal, into which it, or what it runs, could type.
    void inSessionOfItsOwn();

    /// The program gets no variable that makes it load something else.
    void dropLoaderVariables() { _dropsLoaderVariables = true; }

    /// `variables` ("NAME=value") are added to our environment, in the place of others of the same name.
    /// What went wrong before is told here too.
    Result<pid_t> start(const std::string& program, const std::vector<std::string>& arguments,
                        const std::vector<std::string>& variables) const;

private:
    void note(int error, const char* call);

    std::optional<SysError> _problem;  // the first
    bool _dropsLoaderVariables = false;
    posix_spawnattr_t _attributes;
    posix_spawn_file_actions_t _actions;
};

/// Our environment with these variables.
std::vector<std::string> environmentWith(const std::vector<std::string>& variables);

/// The pointers that exec wants; they live as long as the strings.
std::vector<char*> pointersTo(const std::vector<std::string>& texts);

}  // namespace clustermanager
