#include "Cmctl.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <stdexcept>

#include "Files.h"
#include "HostProcess.h"

namespace clustermanager::integration {

CmctlRun runCmctl(const std::string& folder, const std::vector<std::string>& arguments,
                  const std::map<std::string, std::string>& environment)
{
    static int runs = 0;
    Launch launch;
    launch.program = CM_CMCTL_BINARY;
    launch.arguments = arguments;
    launch.environment = environment;
    launch.workingFolder = folder;
    launch.output = folder + "/cmctl-" + std::to_string(++runs);
    HostProcess process(launch);
    const auto end = process.waitForEnd(Millis(60'000));
    return {end ? exitCode(*end) : -1, readFile(launch.output)};
}

CmctlOnTerminal::CmctlOnTerminal(const std::string& folder, const std::vector<std::string>& arguments)
{
    winsize size{30, 100, 0, 0};
    _pid = ::forkpty(&_terminal, nullptr, nullptr, &size);
    if (_pid < 0) throw std::runtime_error("forkpty failed");
    if (_pid == 0)
    {
        std::vector<char*> words{const_cast<char*>("cmctl")};
        for (const std::string& argument : arguments) words.push_back(const_cast<char*>(argument.c_str()));
        words.push_back(nullptr);
        ::setenv("TERM", "xterm", 1);
        ::unsetenv("NO_COLOR");
        if (::chdir(folder.c_str()) == 0) ::execv(CM_CMCTL_BINARY, words.data());
        ::_exit(127);
    }
    (void)::fcntl(_terminal, F_SETFL, O_NONBLOCK);
}

CmctlOnTerminal::~CmctlOnTerminal()
{
    if (_pid > 0)
    {
        ::kill(_pid, SIGKILL);
        ::waitpid(_pid, nullptr, 0);
    }
    ::close(_terminal);
}

bool CmctlOnTerminal::read()
{
    std::array<char, 4096> part{};
    const ssize_t size = ::read(_terminal, part.data(), part.size());
    if (size > 0) _written.append(part.data(), static_cast<std::size_t>(size));
    return size > 0;
}

bool CmctlOnTerminal::shows(const std::string& text)
{
    return waitFor([&] {
        while (read())
        {}
        return _written.find(text) != std::string::npos;
    });
}

void CmctlOnTerminal::press(const std::string& keys) const
{
    if (::write(_terminal, keys.data(), keys.size()) < 0) throw std::runtime_error("the terminal is gone");
}

void CmctlOnTerminal::resize(unsigned short rows, unsigned short columns) const
{
    const winsize size{rows, columns, 0, 0};
    (void)::ioctl(_terminal, TIOCSWINSZ, &size);
}

int CmctlOnTerminal::end()
{
    int status = 0;
    const bool ended = waitFor([&] {
        while (read())
        {}
        return ::waitpid(_pid, &status, WNOHANG) == _pid;
    });
    if (!ended) return -1;
    _pid = -1;
    return exitCode(status);
}

}  // namespace clustermanager::integration
