#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "base/Types.h"
#include "core/Snapshot.h"
#include "crash/StackNames.h"
#include "link/Crashed.h"

namespace clustermanager::crash {

/// What the host itself knows of a process that has crashed.
struct CrashKnown
{
    ChildId slot{};
    std::string group;
    StartNumber start{};
    pid_t pid = 0;
    std::uint32_t generation = 0;
    std::string plugin;
    std::string version;
    int signal = 0;
    WallTime at;
    Millis uptime{0};
};

/// "hello-3-7": group, child (or "master") and start. Never used twice while a host runs, upgrades included.
std::string crashId(const CrashKnown& known);

/// The whole report. Without `crashed` the process had nothing to say: a handler of its own, or no stack left
/// to run ours on.
core::CrashReport makeReport(const CrashKnown& known, const std::optional<link::Crashed>& crashed,
                             const std::vector<NamedFrame>& frames);

/// "child 3 (hello) crashed: SIGSEGV at 0x0 in Foo::bar() < main; report hello-3-7". The innermost functions,
/// from the first one of the plugin on, where there is one.
std::string sentence(const CrashKnown& known, const std::optional<link::Crashed>& crashed,
                     const std::vector<NamedFrame>& frames);

/// A report as it was written before; nothing where the text is none.
std::optional<core::CrashReport> readReport(const std::string& json);

/// The same report by another id.
core::CrashReport renamed(const core::CrashReport& report, const std::string& id);

}  // namespace clustermanager::crash
