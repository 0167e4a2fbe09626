#pragma once

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "Samples.h"
#include "base/FileDescriptor.h"

namespace clustermanager::bench {

/// Clients of a control port over its Unix socket: some ask for one route again and again, as fast as they
/// are answered, others hold streams of events and read all that comes. From the construction to the end.
/// They run only where a CPU is idle, as if they were on another machine.
class ControlLoad
{
public:
    struct Plan
    {
        std::string socketPath;
        std::string route;
        unsigned clients = 8;
        unsigned streams = 100;
    };

    /// All streams are open when it returns. Throws std::runtime_error where one is not.
    explicit ControlLoad(const Plan& plan);
    ~ControlLoad();
    ControlLoad(const ControlLoad&) = delete;
    ControlLoad& operator=(const ControlLoad&) = delete;

    struct Result
    {
        Samples millis;  // of each answer
        unsigned long failed = 0;
        std::size_t answerBytes = 0;      // of the last
        unsigned long long streamed = 0;  // bytes of events
    };
    /// Ends the load.
    Result end();

private:
    void ask(Result& result) const;
    void readStreams();

    Plan _plan;
    std::atomic<bool> _going{true};
    std::vector<FileDescriptor> _streams;
    std::atomic<unsigned long long> _streamed{0};
    std::vector<Result> _results;  // of each client
    std::vector<std::thread> _threads;
};

}  // namespace clustermanager::bench
