/// What goes wrong, as the folder CM_FAULTS of the environment says: a file there is named like a fault point
/// and holds one of
///   kill   the process dies of SIGKILL
///   exit   it ends with 3
///   fail   the step throws
///   hang   it waits for the file POINT.go; POINT.hangs tells its pid, and the seconds that its alarm has
///   left
/// Whoever comes there first takes the file away, so it happens once.
#include "base/FaultPoint.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/time.h>
#include <unistd.h>

#include <Poco/Exception.h>

#include <csignal>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

constexpr int kExit = 3;
constexpr int kLooksMax = 60'000;  // at most a minute, whatever has become of the test

void write(const std::string& path, const std::string& text)
{
    const std::string unfinished = path + ".new";
    const int file = ::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    (void)!::write(file, text.data(), text.size());
    (void)::close(file);
    (void)::rename(unfinished.c_str(), path.c_str());
}

void hang(const std::string& path)
{
    itimerval alarm = {};
    (void)::getitimer(ITIMER_REAL, &alarm);
    write(path + ".hangs", std::to_string(::getpid()) + " " + std::to_string(alarm.it_value.tv_sec));
    const std::string go = path + ".go";
    for (int i = 0; i < kLooksMax && ::access(go.c_str(), F_OK) != 0; ++i) (void)::poll(nullptr, 0, 1);
    (void)::unlink(go.c_str());
}

bool known(std::string_view name)
{
    for (const clustermanager::FaultPoint& point : clustermanager::kFaultPoints)
        if (point.name == name) return true;
    return false;
}

}  // namespace

void clustermanager::faultPoint(const char* name)
{
    if (!known(name)) std::abort();
    const char* folder = std::getenv("CM_FAULTS");
    if (folder == nullptr) return;
    const std::string path = std::string(folder) + "/" + name;
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return;
    char action[16] = {};
    (void)!::read(file, action, sizeof action - 1);
    (void)::close(file);
    if (::unlink(path.c_str()) != 0) return;

    const std::string_view what = action;
    if (what == "kill") (void)::kill(::getpid(), SIGKILL);
    if (what == "exit") ::_exit(kExit);
    if (what == "hang") hang(path);
    if (what == "fail") throw Poco::SystemException(name);
}
