#pragma once

#include <cstdint>
#include <functional>
#include <future>
#include <optional>
#include <string>
#include <vector>

#include "base/DroppedFile.h"
#include "base/FileDescriptor.h"
#include "base/Types.h"
#include "core/Event.h"
#include "core/Ports.h"
#include "runtime/EventLoop.h"
#include "runtime/Rehearsal.h"

namespace clustermanager::runtime {

/// How the host comes to go on in another process image: the program that lies at its path reads the state
/// in a process of its own first; then what cannot be handed over has to end; then the host may leave. Until
/// that moment nothing has happened, and whatever goes wrong is told and ends the upgrade.
///
/// Threading: the master's loop thread only.
class Upgrade
{
public:
    struct Ports
    {
        /// Why there can be none now; "": there can.
        std::function<std::string()> whyNot;
        /// The whole state as it is now, sealed.
        std::function<FileDescriptor()> seal;
        /// The program passed: what cannot be handed over is to end. Returns how long that may take.
        std::function<Millis()> prepare;
        /// What still has to end ("run_master of worker"); "": nothing.
        std::function<std::string()> obstacle;
        /// It did not come to it: what was ended is to begin again.
        std::function<void()> carryOn;
        std::function<void(core::Event)> tell;
        std::function<void(const std::string&)> information;
        std::function<void(const std::string&)> error;
    };

    Upgrade(EventLoop& loop, std::string program, std::vector<std::string> arguments, Ports ports);
    ~Upgrade();
    Upgrade(const Upgrade&) = delete;
    Upgrade& operator=(const Upgrade&) = delete;

    /// Why none can begin; "": one can.
    std::string whyNot() const;
    /// REQUIRES: whyNot() is "".
    void begin(OperationId operation);
    /// The promise is kept when the program has passed or failed, or at once where none can begin.
    void begin(OperationId operation, std::promise<core::CommandReply> reply);

    bool underWay() const { return _phase != Phase::None; }
    /// The host may leave now: nothing is waited for any more. A program that has changed since it was tried
    /// ends the upgrade instead.
    bool mayLeave();
    /// Why the program must not be gone on in, although the host may leave: it is another file by now. "": it
    /// is the one that was tried.
    std::string whyNotInto() const;
    bool isRehearsal(pid_t pid) const { return _rehearsal && _rehearsal->pid() == pid; }
    OperationId operation() const { return _operation; }

    /// It came to nothing, here or in the other image: says why, and everything is as before.
    void fail(const std::string& why);

    std::optional<TimePoint> deadline() const;
    void passTime(TimePoint now);

private:
    enum class Phase : std::uint8_t
    {
        None,
        Rehearsing,
        Leaving  // what cannot be handed over ends
    };

    void onAnswer();
    void passed(const std::string& version);
    void endRehearsal();
    void answer(core::CommandReply::Outcome outcome, const std::string& text);

    EventLoop& _loop;
    std::string _program;
    std::vector<std::string> _arguments;
    Ports _ports;
    Phase _phase = Phase::None;
    OperationId _operation{};
    std::optional<std::promise<core::CommandReply>> _reply;
    std::optional<Rehearsal> _rehearsal;
    FileState _tried;  // the program, as it was then
    TimePoint _leaveUntil;
};

}  // namespace clustermanager::runtime
