#pragma once

#include <Poco/Logger.h>
#include <Poco/Util/Application.h>
#include <Poco/Util/LayeredConfiguration.h>
#include <Poco/Util/ServerApplication.h>
#include <signal.h>

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "clustermanager/plugin.hpp"
#include "clustermanager/poco/configuration.hpp"
#include "clustermanager/poco/host_report.hpp"

namespace cm::detail {

/// Where every logger of this process writes to. Poco's Application sends all of them to the console when it
/// is made, and may do so again when it is initialized.
class ChannelsAsTheyWere
{
public:
    ChannelsAsTheyWere()
    {
        std::vector<std::string> names;
        Poco::Logger::names(names);
        for (const std::string& name : names)
            _channels.emplace_back(name, Poco::Logger::get(name).getChannel());
    }

    void restore() const
    {
        Poco::Logger::setChannel("", _root);  // also for those that are younger than this object
        for (const auto& [name, channel] : _channels) Poco::Logger::get(name).setChannel(channel);
    }

private:
    Poco::Channel::Ptr _root = Poco::Logger::root().getChannel();
    std::vector<std::pair<std::string, Poco::Channel::Ptr>> _channels;
};

/// Poco's handlers turn a crash into abort(); the host wants the true signal, and its report of the crash.
class CrashSignalsAsTheyWere
{
public:
    CrashSignalsAsTheyWere()
    {
        for (std::size_t i = 0; i < _numbers.size(); ++i)
            (void)::sigaction(_numbers[i], nullptr, &_actions[i]);
    }

    void restore() const
    {
        for (std::size_t i = 0; i < _numbers.size(); ++i)
            (void)::sigaction(_numbers[i], &_actions[i], nullptr);
    }

private:
    std::array<int, 4> _numbers{SIGILL, SIGBUS, SIGSEGV, SIGSYS};
    std::array<struct sigaction, 4> _actions = {};
};

/// waitForTerminationRequest() takes these from the process. A stop may come before it waits, so they are
/// blocked before the application and its threads exist.
inline void blockTerminationSignals()
{
    sigset_t termination;
    (void)::sigemptyset(&termination);
    for (const int number : {SIGINT, SIGQUIT, SIGTERM}) (void)::sigaddset(&termination, number);
    (void)::pthread_sigmask(SIG_BLOCK, &termination, nullptr);
}

/// The steps of Application::run(), which are protected, one by one.
class ApplicationSteps : public Poco::Util::Application
{
public:
    static void goUp(Application& application)
    {
        void (Application::*step)(Application&) = &ApplicationSteps::initialize;
        (application.*step)(application);
    }

    static int work(Application& application)
    {
        int (Application::*step)(const std::vector<std::string>&) = &ApplicationSteps::main;
        return (application.*step)({});
    }

    static void goDown(Application& application)
    {
        void (Application::*step)() = &ApplicationSteps::uninitialize;
        (application.*step)();
    }
};

/// Before the application's own files (priority 0) and after its command line (-100 and lower).
constexpr int kSettingsPriority = -50;

/// Beats for an application that knows nothing of it, until a stop or its own end. It shows that the process
/// runs, not that the application's threads do.
class BeatingThread
{
public:
    explicit BeatingThread(const Child& child) : _report(child)
    {
        if (_report.beatPauseMs() >= 0) _thread = std::thread([this] { run(); });
    }

    ~BeatingThread()
    {
        {
            const std::lock_guard lock(_mutex);
            _ended = true;
        }
        _wakeUp.notify_one();
        if (_thread.joinable()) _thread.join();
    }

    BeatingThread(const BeatingThread&) = delete;
    BeatingThread& operator=(const BeatingThread&) = delete;

private:
    void run()
    {
        std::unique_lock lock(_mutex);
        const std::chrono::milliseconds pause(_report.beatPauseMs());
        while (!_wakeUp.wait_for(lock, pause, [this] { return _ended; })) _report.beat();
    }

    const HostReport _report;
    std::mutex _mutex;
    std::condition_variable _wakeUp;
    bool _ended = false;  // guarded by _mutex
    std::thread _thread;
};

template <class ServerApplication>
int runServerApplication(Child& child)
{
    blockTerminationSignals();
    const ChannelsAsTheyWere channels;
    const CrashSignalsAsTheyWere crashSignals;
    ServerApplication application;
    crashSignals.restore();
    channels.restore();

    application.init({child.group()});
    application.config().add(configuration(child), kSettingsPriority);
    child.onStop([] { Poco::Util::ServerApplication::terminate(); });
    ApplicationSteps::goUp(application);
    channels.restore();
    child.ready();
    const BeatingThread beating(child);

    int code = 0;
    try
    {
        code = ApplicationSteps::work(application);
    }
    catch (...)
    {
        ApplicationSteps::goDown(application);
        throw;
    }
    ApplicationSteps::goDown(application);
    return code;
}

}  // namespace cm::detail

/// Makes a Poco::Util::ServerApplication, unchanged, the plugin's run_child; it takes the place of
/// POCO_SERVER_MAIN. The plugin's section is a layer of its configuration, its log is the child's, its argv
/// is the group's name alone. It is ready when initialize() has returned, before main() is called. A stop
/// makes waitForTerminationRequest() return.
#define CM_SERVER_MAIN(Application)                                                                          \
    static int cmRunServerApplication(cm::Child& child)                                                      \
    {                                                                                                        \
        return cm::detail::runServerApplication<Application>(child);                                         \
    }                                                                                                        \
    CM_RUN_CHILD(cmRunServerApplication)
