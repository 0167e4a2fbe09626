#pragma once

#include <functional>
#include <string>
#include <vector>

#include "UpgradeFixture.h"

#define CM_FAULT_POINTS
#include "base/FaultPoint.h"

namespace clustermanager::integration {

/// The host with fault points: two actors that serve on a Unix socket and hold a lock on their id as long as
/// they live.
class FaultFixture : public UpgradeFixture
{
public:
    void setUp() override;
    /// No two processes had one id.
    void tearDown() override;

protected:
    using Act = std::function<void()>;

    static std::vector<std::string> points(FaultAt at, const std::string& prefix = "");

    /// Whoever comes to the point next: "kill", "exit", "fail" or "hang".
    void arm(const std::string& point, const std::string& action) const;
    bool struck(const std::string& point) const { return !exists(path("faults/" + point)); }
    void waitStruck(const std::string& point) const;

    struct Hanging
    {
        pid_t pid;
        long alarmSeconds;  // until its SIGALRM comes; 0: none
    };
    /// Waits until somebody hangs there.
    Hanging waitHang(const std::string& point) const;
    void letGoOf(const std::string& point) const;

    /// Asks for it, and does not mind if the host dies of that.
    void askReload() const;
    void askUpgrade();

    /// Both children are ready, nobody else is there, and the service answers.
    StatusView waitWhole();
    void reloadWorks();
    void upgradeWorks();

    /// A host that is told to stop while it is at one of these points, where `ask` leads, stops and leaves
    /// nothing behind.
    void stopsAtEach(const std::vector<std::string>& all, const Act& ask);

    /// The host was killed: waits until nobody is left, and starts another one on the same files.
    void hostDied(int exitCode);
};

}  // namespace clustermanager::integration
