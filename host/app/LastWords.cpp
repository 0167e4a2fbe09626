#include "app/LastWords.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>

#include "base/Sanitizers.h"
#include "base/StandardError.h"
#include "runtime/MasterFunction.h"

namespace clustermanager::app {
namespace {

/// A line put together in a signal handler: no memory is taken, and what does not fit is cut off.
class Line
{
public:
    void add(const char* text)
    {
        const std::size_t size = std::min(std::strlen(text), _bytes.size() - _size);
        std::memcpy(_bytes.data() + _size, text, size);
        _size += size;
    }

    void write() const { writeStandardError({_bytes.data(), _size}); }

private:
    std::array<char, 256> _bytes = {};
    std::size_t _size = 0;
};

void onFault(int signal)
{
    const char* name = ::sigabbrev_np(signal);
    const char* group = runtime::MasterFunction::groupOfThisThread();
    Line line;
    line.add("clustermanager: the host dies of SIG");
    line.add(name == nullptr ? "?" : name);
    if (group != nullptr)
    {
        line.add(" in run_master of group ");
        line.add(group);
        line.add("; with runMaster = isolated that would end nothing else");
    }
    line.add("\n");
    line.write();
    (void)::raise(signal);  // its default action, as soon as this handler has returned
}

}  // namespace

void leaveLastWords()
{
    if (kSanitized) return;
    struct sigaction action = {};
    action.sa_handler = &onFault;
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    for (const int fault : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT})
        (void)::sigaction(fault, &action, nullptr);
}

}  // namespace clustermanager::app
