#include "base/CleanExec.h"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "base/LoaderVariables.h"

namespace clustermanager {
namespace {

std::string_view nameOf(std::string_view variable)
{
    return variable.substr(0, variable.find('='));
}

/// Of a program that is given by a descriptor, the file that the operator knows.
std::string knownName(const std::string& program)
{
    if (program.rfind("/proc/self/", 0) != 0) return program;
    std::error_code error;
    const std::string file = std::filesystem::read_symlink(program, error).string();
    return error ? program : file;
}

}  // namespace

CleanExec::CleanExec()
{
    note(::posix_spawnattr_init(&_attributes), "posix_spawnattr_init");
    note(::posix_spawn_file_actions_init(&_actions), "posix_spawn_file_actions_init");
    sigset_t none;
    sigemptyset(&none);
    sigset_t all;
    sigfillset(&all);
    note(::posix_spawnattr_setsigmask(&_attributes, &none), "posix_spawnattr_setsigmask");
    note(::posix_spawnattr_setsigdefault(&_attributes, &all), "posix_spawnattr_setsigdefault");
    note(::posix_spawnattr_setpgroup(&_attributes, 0), "posix_spawnattr_setpgroup");
    note(::posix_spawnattr_setflags(&_attributes,
                                    POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP),
         "posix_spawnattr_setflags");
}

void CleanExec::inSessionOfItsOwn()
{
    note(::posix_spawnattr_setflags(&_attributes,
                                    POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID),
         "posix_spawnattr_setflags");
}

void CleanExec::note(int error, const char* call)
{
    if (error != 0 && !_problem) _problem = SysError{call, "", error};
}

CleanExec::~CleanExec()
{
    (void)::posix_spawn_file_actions_destroy(&_actions);
    (void)::posix_spawnattr_destroy(&_attributes);
}

void CleanExec::keepAs(int fd, int number)
{
    // dup2 onto itself clears close-on-exec too.
    note(::posix_spawn_file_actions_adddup2(&_actions, fd, number), "posix_spawn_file_actions_adddup2");
}

Result<pid_t> CleanExec::start(const std::string& program, const std::vector<std::string>& arguments,
                               const std::vector<std::string>& variables) const
{
    if (_problem) return *_problem;
    std::vector<std::string> environment = environmentWith(variables);
    if (_dropsLoaderVariables)
        environment.erase(std::remove_if(environment.begin(), environment.end(),
                                         [](const auto& text) { return isLoaderVariable(nameOf(text)); }),
                          environment.end());
    pid_t pid = 0;
    const int error = ::posix_spawn(&pid, program.c_str(), &_actions, &_attributes,
                                    pointersTo(arguments).data(), pointersTo(environment).data());
    if (error != 0) return SysError{"start (posix_spawn)", knownName(program), error};
    return pid;
}

std::vector<std::string> environmentWith(const std::vector<std::string>& variables)
{
    std::vector<std::string> all = variables;
    for (char** known = environ; *known != nullptr; ++known)
    {
        const bool replaced = std::any_of(variables.begin(), variables.end(), [&](const auto& variable) {
            return nameOf(variable) == nameOf(*known);
        });
        if (!replaced) all.emplace_back(*known);
    }
    return all;
}

std::vector<char*> pointersTo(const std::vector<std::string>& texts)
{
    std::vector<char*> pointers;
    pointers.reserve(texts.size() + 1);
    for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
    pointers.push_back(nullptr);
    return pointers;
}

}  // namespace clustermanager
