#pragma once

#include <functional>
#include <string>

#include "base/FileDescriptor.h"
#include "clustermanager/plugin.h"

namespace clustermanager::plugin {

/// A plugin mapped into this process, for as long as the process lives: its threads, exit functions and
/// thread-local objects may run its code to the very end, so there is no unloading.
class PluginLibrary
{
public:
    using Entry = int (*)(cm_context*);

    struct Failure
    {
        std::string text;  // one sentence, with the plugin's path
        bool permission = false;
    };

    /// Maps the sealed copy in `file` and runs its constructors. All its symbols are bound at once and seen
    /// by nobody else. `path` is what messages call it. Standard streams that a constructor closed are opened
    /// again, and a process that it forked ends here.
    ///
    /// A constructor that throws ends the process (the loader cannot be unwound through); its text is on
    /// standard error then, and `heard` is told it, as a sentence like that of a Failure, before.
    using LastWords = std::function<void(const std::string& text)>;
    bool load(const FileDescriptor& file, const std::string& path, const LastWords& heard = {});

    bool loaded() const { return _runChild != nullptr; }
    const Failure& failure() const { return _failure; }  // after a load() that returned false

    Entry runChild() const { return _runChild; }
    Entry runMaster() const { return _runMaster; }  // null: it has none

private:
    bool fail(std::string text);

    Entry _runChild = nullptr;
    Entry _runMaster = nullptr;
    Failure _failure;
};

}  // namespace clustermanager::plugin
