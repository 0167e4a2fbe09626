#pragma once

#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "base/FileDescriptor.h"
#include "core/Snapshot.h"
#include "crash/Report.h"
#include "link/Crashed.h"

namespace clustermanager::runtime {

/// Makes crash reports on a thread of its own, because names are looked up in files, and files can be slow.
/// The thread starts with the first thing to do: an order, or reports that an earlier host has left.
///
/// Threading: all of it on the master's loop thread.
class CrashDesk
{
public:
    static constexpr std::size_t kOrdersMax = 64;
    static constexpr Millis kNamesLimit{2'000};  // for the names of one report
    static constexpr Millis kEndLimit{2'000};    // for the thread, when the host ends

    struct Order
    {
        crash::CrashKnown known;
        std::optional<link::Crashed> crashed;
        FileDescriptor plugin;  // none: embedded
        std::string pluginPath;
        unsigned kept = 0;
    };
    struct Outcome
    {
        StartNumber start{};  // 0: of none, earlier reports were read
        std::string id;
        std::string sentence;
        std::string problem;  // why it is not in the folder; "": it is
    };

    CrashDesk(std::string folder, std::string program);
    /// What was ordered is still written, but without names; a thread that hangs in a file is left behind.
    ~CrashDesk();
    CrashDesk(const CrashDesk&) = delete;
    CrashDesk& operator=(const CrashDesk&) = delete;

    /// False: too many wait, or there is no thread to be had; nothing was taken.
    bool take(Order order);

    /// Something was ordered, and its outcome not taken yet.
    bool busy() const;

    /// Readable when there are outcomes.
    int wakeFd() const;
    std::optional<Outcome> outcome();

    /// The latest; never null.
    std::shared_ptr<const core::CrashReports> reports() const;

private:
    struct Shared;
    static void work(const std::shared_ptr<Shared>& shared);
    static Outcome make(Shared& shared, Order order, TimePoint namesUntil);
    bool start();

    std::shared_ptr<Shared> _shared;
    std::thread _thread;
};

}  // namespace clustermanager::runtime
