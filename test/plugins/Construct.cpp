/// A plugin whose constructor, or destructor, is the trouble. Built once for each kind in CMakeLists.txt.
#include <clustermanager/plugin.h>

#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <thread>

CM_PLUGIN("construct", "1.0")

namespace {

const std::string kKind = CONSTRUCT_KIND;

void closeAll()
{
    for (int fd = 3; fd < 1024; ++fd) ::close(fd);
}

void closeStreams()
{
    for (int fd = 0; fd < 3; ++fd) ::close(fd);
}

void changeProcess()
{
    static_cast<void>(::chdir("/"));
    ::umask(0777);
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, nullptr);
    std::signal(SIGTERM, SIG_IGN);
}

struct Trouble
{
    Trouble()
    {
        if (kKind == "exit") std::exit(0);
        if (kKind == "throw") throw std::runtime_error("the constructor is out of luck");
        if (kKind == "pause")
            for (;;) ::pause();
        if (kKind == "thread") std::thread([] { ::pause(); }).detach();
        if (kKind == "crash") std::raise(SIGSEGV);
        if (kKind == "close") closeAll();
        if (kKind == "streams") closeStreams();
        if (kKind == "session") ::setsid();
        if (kKind == "fork") static_cast<void>(::fork());
        if (kKind == "change") changeProcess();
    }

    Trouble(const Trouble&) = delete;
    Trouble& operator=(const Trouble&) = delete;

    ~Trouble()
    {
        if (kKind == "destructor") std::raise(SIGSEGV);
    }
};

const Trouble trouble;

}  // namespace

CM_EXPORT int run_child(cm_context* context)
{
    context->ready(context);
    context->wait_stop(context, -1);
    if (kKind == "destructor") std::exit(0);
    return 0;
}
