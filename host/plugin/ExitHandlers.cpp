#include "plugin/ExitHandlers.h"

#include "plugin/ExceptionText.h"

namespace clustermanager::plugin {

bool ExitHandlers::add(cm_callback callback, void* argument)
{
    const std::lock_guard lock(_mutex);
    if (_added == kHandlersMax) return false;
    ++_added;
    _entries.push_back({callback, argument});
    return true;
}

void ExitHandlers::run(const std::function<void(const std::string&)>& report)
{
    for (;;)
    {
        Entry next{};
        {
            const std::lock_guard lock(_mutex);
            if (_entries.empty()) return;
            next = _entries.back();
            _entries.pop_back();
        }
        try
        {
            next.callback(next.argument);
        }
        catch (...)
        {
            report(currentExceptionText());
        }
    }
}

}  // namespace clustermanager::plugin
