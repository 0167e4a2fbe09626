#pragma once

#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "clustermanager/plugin.h"

namespace clustermanager::plugin {

/// What a plugin wants done before its process ends. Handlers may be added from any thread, and by a running
/// handler; they run once, on the thread that calls run().
class ExitHandlers
{
public:
    static constexpr std::size_t kHandlersMax = 1024;

    /// False: there are too many.
    bool add(cm_callback callback, void* argument);

    /// Runs all, last to first. One that throws is reported with its text, and the others run.
    void run(const std::function<void(const std::string&)>& report);

private:
    struct Entry
    {
        cm_callback callback;
        void* argument;
    };

    std::mutex _mutex;
    std::vector<Entry> _entries;  // guarded by _mutex
    std::size_t _added = 0;       // guarded by _mutex: a handler that adds itself again ends some day
};

}  // namespace clustermanager::plugin
