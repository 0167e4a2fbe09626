/// Work without a socket: run_master hands out numbers, the children square one of them now and then and send
/// the result back.
///
/// Keys of [plugin.worker]: interval (1s).
#include <clustermanager/plugin.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>

CM_PLUGIN("worker", "1.0")

namespace {

// A receiver may be at work when its run function returns, so what it writes to outlives that.
std::atomic<std::uint32_t> task{0};
std::atomic<std::uint32_t> lastTask{0};
std::atomic<std::uint64_t> sum{0};

/// In each child: asks for a task, and does what has come by the next turn.
void work(cm::Child& child)
{
    const auto interval = child.configDuration("interval", std::chrono::seconds(1));
    child.onMessage([](int, cm::Message message) {
        task = static_cast<std::uint32_t>(std::stoul(std::string(message)));
    });
    child.ready();

    for (unsigned done = 0; !child.waitForStop(interval);)
    {
        child.beat();  // for watchdogMs, which has to be longer than a turn takes
        if (const std::uint64_t number = task.exchange(0))
        {
            child.send("result " + std::to_string(number * number));
            child.countRequests();  // for maxRequests
            child.reportStatus("{\"tasksDone\":" + std::to_string(++done) + "}");
        }
        child.send("next");
    }
}

/// In the master, or with runMaster = isolated in a process of its own: one task for each "next", and the sum
/// of all results.
void manage(cm::Master& master)
{
    master.onMessage([master](int child, cm::Message message) {
        if (message == "next")
            master.send(child, std::to_string(++lastTask));
        else
            sum += std::stoull(std::string(message.substr(std::string_view("result ").size())));
    });
    master.waitForStop();
    master.info("the results add up to " + std::to_string(sum));
}

}  // namespace

CM_RUN_CHILD(work)
CM_RUN_MASTER(manage)
