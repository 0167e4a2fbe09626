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

/// Who a process becomes. For a hot spare it arrives late.
struct Identity
{
    StartNumber start{};
    ChildId child{};
    std::uint32_t index = 0;
    std::uint32_t restarts = 0;
    std::uint8_t logLevel = 0;
};

/// What all children of a generation share: the plan, the plugin's file, the program once it is loaded. Made
/// once in the spawner before the first fork, so that all of it is shared copy-on-write.
///
/// What a child does between its fork and run_child is paid for in page faults, one for each page that it
/// writes to and each stretch of code that it is the first to run. So whatever can be done before the fork is
/// done there, once for all children (prepare) or for the next one (introduce).
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
    /// failure the one sentence for the operator. `heard` is told it where a constructor's exception is about
    /// to end the process.
    using LastWords = std::function<void(const std::string& text)>;
    std::variant<Facts, std::string> load(const LastWords& heard);

    /// Does everything ahead that children would otherwise each do: logging and environment set up, the
    /// child's objects made. Runs no plugin code, starts no thread.
    void prepare();

    const link::GenerationPlan& plan() const;

    /// This process, or the next one that is forked, is to be this child: in its environment, its log, its
    /// context. Replaces whoever was introduced before.
    void introduce(const Identity& identity);

    /// In a spare: does what a child does on its way to run_child, as far as nobody need know who it is.
    void standBy();

    /// The life of who was introduced: the plugin (where it is not loaded), the runtime thread, run_child (in
    /// a run_master that function, which the program has to have), exit handlers, _exit. The process has its
    /// own group, an empty signal mask and default dispositions (but for SIGPIPE, which is ignored, and what
    /// prepare() has set for crashes), and owns no descriptor that is not its own. `link` leads to the
    /// master. `beforeSpeaking` is called before the master hears of it: who has
    /// said Hello exists.
    [[noreturn]] void run(
        FileDescriptor link, const std::function<void()>& beforeSpeaking = [] {});

private:
    struct Impl;
    std::unique_ptr<Impl> _impl;
};

}  // namespace clustermanager::child
