#pragma once

#include <atomic>
#include <exception>
#include <functional>
#include <string>

#include "child/ChildContext.h"
#include "child/ChildMain.h"
#include "child/MasterLink.h"
#include "child/RunMasterContext.h"
#include "plugin/PluginLibrary.h"

namespace clustermanager::child {

/// One child, or a run_master with a process of its own, from its identity to its last word. Made before the
/// process is forked, as each needs one. There is at most one in a process; run() never returns.
class ChildRun
{
public:
    /// The duties are called on the runtime thread.
    ChildRun(const link::GenerationPlan& plan, const plugin::Settings& settings, MasterLink::LogDuties logs);
    ~ChildRun() = default;
    ChildRun(const ChildRun&) = delete;
    ChildRun& operator=(const ChildRun&) = delete;

    void introduce(const Identity& identity);

    /// In a spare: has the runtime thread wait for its master.
    void standBy();

    /// `load` brings the plugin into the process, or says why not.
    using Load = std::function<bool(plugin::PluginLibrary::Failure& failure)>;
    [[noreturn]] void run(FileDescriptor link, const Load& load,
                          const std::function<int(cm_context*)>& function);

private:
    void renew();
    void startRuntime();
    static void catchSigterm();
    int callPlugin(const std::function<int(cm_context*)>& function);
    const char* functionName() const { return _isRunMaster ? "run_master" : "run_child"; }
    void runExitHandlers();
    void sayLastWords(const std::string& reason);
    [[noreturn]] void end(int code);
    [[noreturn]] void endNow(const std::string& reason);
    [[noreturn]] void leave(int code);
    [[noreturn]] void fail(const std::string& reason, int code);
    static void onTerminate();
    static void onSigterm(int);

    const link::GenerationPlan& _plan;
    bool _isRunMaster = false;
    RunMasterServices _services;
    MasterLink _link;
    cm_context _context;
    std::terminate_handler _spawnersTerminate = nullptr;
    Identity _identity;
    bool _renewed = false;              // its descriptors are this process's own
    std::atomic<bool> _saidWhy{false};  // the reason of the coming end was given
    static ChildRun* _current;          // for the handlers that get no argument
};

}  // namespace clustermanager::child
