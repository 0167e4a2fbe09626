#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "base/FileDescriptor.h"
#include "base/Types.h"
#include "link/Messages.h"

struct cm_context;

/// Inside a child: the entry points that the spawner calls. No Poco in this header: the spawner is built
/// without it.
namespace clustermanager::child {

/// Where run_child and run_master come from. In an embedding executable they are its own functions;
/// run_master is empty where there is none.
struct Program
{
    std::function<int(cm_context*)> runChild;
    std::function<int(cm_context*)> runMaster;
};

/// Who a process has become. For a hot spare it arrives late.
struct Identity
{
    StartNumber start{};
    ChildId child{};
    std::uint32_t index = 0;
    std::uint32_t restarts = 0;
    std::uint8_t logLevel = 0;
    FileDescriptor link;  // to the master
};

/// What all children of a generation share: the plan, the plugin's file, the program once it is loaded. Made
/// once in the spawner before the first fork, so that all of it is shared copy-on-write.
///
/// Listening sockets are at descriptors 3, 4, ... in the plan's order before a Workshop is made
/// (sd_listen_fds' convention).
class Workshop
{
public:
    /// `embedded` is set where the plan names no plugin file.
    Workshop(link::GenerationPlan plan, FileDescriptor pluginFile, std::optional<Program> embedded);
    ~Workshop();
    Workshop(const Workshop&) = delete;
    Workshop& operator=(const Workshop&) = delete;

    struct Facts
    {
        bool hasRunMaster = false;
    };

    /// Loads the plugin into this process (a no-op where embedded or loaded). Runs its constructors. On
    /// failure the one sentence for the operator.
    std::variant<Facts, std::string> load();

    /// Does everything ahead that children would otherwise each do: logging set up, names resolved, buffers
    /// made. Runs no plugin code, starts no thread.
    void prepare();

    const link::GenerationPlan& plan() const;

    /// The child's life: environment, logging, plugin (where it is not loaded), the runtime thread, run_child
    /// (in a run_master that function, which the program has to have), exit handlers, _exit. The process has
    /// its own group, an empty signal mask and default dispositions (SIGPIPE ignored), and owns no descriptor
    /// that is not its own.
    [[noreturn]] void run(Identity identity);

private:
    struct Impl;
    std::unique_ptr<Impl> _impl;
};

}  // namespace clustermanager::child
