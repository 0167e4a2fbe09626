#pragma once

#include <clustermanager/plugin.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "core/Ports.h"
#include "core/Snapshot.h"
#include "plugin/Context.h"
#include "plugin/Mailbox.h"

namespace clustermanager::runtime {

/// run_master of one group: its thread, its context, its messages. It ending or throwing ends nothing else.
///
/// Threading: made, started and stopped by the loop's thread. run_master has a thread of its own; its
/// callbacks (messages, stop) have another one, started with the first of them. Both own the object together
/// with the group, as nobody can end a thread that runs a plugin's code: where running() holds, the process
/// must end without destructors.
class MasterFunction : public std::enable_shared_from_this<MasterFunction>
{
public:
    /// Of those that wait, so that a child that sends without end leaves room for the others.
    static constexpr std::size_t kMessagesOfOneChild = plugin::Mailbox::kMessagesMax / 2;

    using Entry = std::function<int(cm_context*)>;

    /// What the function has to know, and where it comes from. `find` runs on run_master's thread, as it may
    /// run the plugin's constructors; it gives the function or one sentence why there is none.
    struct Setting
    {
        std::string group;
        std::uint32_t generation = 0;
        std::vector<std::pair<std::string, std::string>> settings;  // sorted by key
        std::function<std::variant<Entry, std::string>()> find;     // called once, and then let go
    };

    struct Outside
    {
        const core::SnapshotSource* snapshots = nullptr;
        /// A message to a child, or to all of the group (CM_TO_ALL_CHILDREN). Any thread. False: full,
        /// nothing taken.
        std::function<bool(std::int32_t to, std::string data)> send;
        /// state() has changed. Any thread; must not call back into the function.
        std::function<void()> changed;
    };

    struct State
    {
        core::MasterState state = core::MasterState::Waiting;
        int result = 0;
        std::string reason;

        template <class IO>
        void fields(IO& io)
        {
            io(state);
            io(result);
            io(reason);
        }
    };

    MasterFunction(Setting setting, Outside outside);
    ~MasterFunction() = default;
    MasterFunction(const MasterFunction&) = delete;
    MasterFunction& operator=(const MasterFunction&) = delete;

    void start();
    void askToStop();
    bool running() const;
    State state() const;
    const std::string& group() const { return _setting.group; }

    /// The group whose run_master, or a callback of it, runs on the calling thread; null on any other thread.
    /// May be called in a signal handler.
    static const char* groupOfThisThread() noexcept;

    /// From a child. False: the function does not take its messages and the queue is full.
    bool deliver(std::int32_t from, std::string data);

private:
    struct MasterServices : plugin::Services
    {
        using Services::Services;
        MasterFunction* function = nullptr;
    };

    void run();
    void call(const Entry& entry);
    void toldWhy(const std::string& reason);
    void enter(core::MasterState state, int result, const std::string& reason);
    bool startCourier();
    void wakeCourier();
    void courier();
    void endCourier();
    void guarded(const std::function<void()>& callback);

    friend struct MasterContext;

    Setting _setting;
    const Outside _outside;
    const plugin::Settings _settings;
    MasterServices _services;
    cm_context _context = {};

    plugin::Mailbox _mailbox{kMessagesOfOneChild};

    mutable std::mutex _mutex;  // guards what follows
    std::condition_variable _mail;
    State _state;
    std::string _toldWhy;  // by run_master itself
    bool _courierStarted = false;
    bool _courierEnds = false;  // run_master has returned
};

}  // namespace clustermanager::runtime
