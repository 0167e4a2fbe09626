#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "HostFixture.h"
#include "load/Load.h"

namespace clustermanager::integration {

/// The host with four children of the example plugin hello, under full load from clients that judge strictly,
/// and everything that an operator can change meanwhile, as steps that each end when the change is complete.
class ServingHost : public HostFixture
{
protected:
    static constexpr unsigned kCount = 4;
    static constexpr unsigned kCountMax = 8;

    /// One kind of change.
    struct Step
    {
        const char* name;
        void (ServingHost::*take)();
    };
    /// A step for each change that an operator can make; another one belongs here too.
    static constexpr std::size_t kStepCount = 5;
    static const std::array<Step, kStepCount> kSteps;

    void serve();
    void beginLoad();
    /// Waits until the clients have got another `count` answers, so that something was served in between.
    void waitAnswers(std::uint64_t count = 200);
    /// Ends the load; what became of it.
    load::Tally endLoad();

    // Each waits until it is done, and fails where it did not do what it says.
    void reload();
    void hangUp();         // SIGHUP after a change that children read at their start
    void replacePlugin();  // cp over the plugin's file
    void scaleOnce();      // to 8, to 2, to 4, and so on
    void scale(unsigned count);
    void upgrade();  // the host by SIGUSR2, to the same program

    /// SIGKILL for the ready child at `position`, or the next one. How many connections it had accepted: no
    /// more requests than these can be lost.
    std::uint64_t killChild(std::size_t position);
    /// The same for two children, while the group is reloaded. The reload may well be taken back.
    std::uint64_t killInReload(std::size_t position);

    /// Waits until nothing is under way and every child is ready.
    void waitSettled(const std::string& wish);

    std::uint16_t port() const { return _port; }

    /// A changing request of the control port, of which everything must come true.
    void operate(const std::string& target);

private:
    void writeConfig();
    unsigned generation() const;
    unsigned upgrades() const;
    void waitGeneration(unsigned atLeast, const std::string& cause);

    std::uint16_t _port = 0;
    unsigned _note = 0;  // a key of the plugin's section, to have something to change
    unsigned _replacements = 0;
    std::size_t _scaled = 0;
    std::string _plugin;  // the bytes of its file
    std::unique_ptr<load::Load> _load;
};

}  // namespace clustermanager::integration
