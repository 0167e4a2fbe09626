#include "crash/CodeText.h"

#include <algorithm>
#include <array>
#include <csignal>

namespace clustermanager::crash {

namespace {

struct Row
{
    int signal;  // 0: any
    int code;
    const char* text;
};

constexpr int kAnySignal = 0;

constexpr std::array kRows{
    Row{SIGSEGV, SEGV_MAPERR, "SEGV_MAPERR: nothing is mapped at the address"},
    Row{SIGSEGV, SEGV_ACCERR, "SEGV_ACCERR: the memory may not be used in this way"},
    Row{SIGBUS, BUS_ADRALN, "BUS_ADRALN: the address is not aligned"},
    Row{SIGBUS, BUS_ADRERR, "BUS_ADRERR: the mapped file has no such byte"},
    Row{SIGBUS, BUS_OBJERR, "BUS_OBJERR: the hardware reports an error"},
    Row{SIGBUS, BUS_MCEERR_AR, "BUS_MCEERR_AR: the memory is broken"},
    Row{SIGBUS, BUS_MCEERR_AO, "BUS_MCEERR_AO: the memory is broken"},
    Row{SIGILL, ILL_ILLOPC, "ILL_ILLOPC: no such instruction"},
    Row{SIGILL, ILL_ILLOPN, "ILL_ILLOPN: no such operand"},
    Row{SIGILL, ILL_ILLADR, "ILL_ILLADR: no such addressing mode"},
    Row{SIGILL, ILL_ILLTRP, "ILL_ILLTRP: a trap that is none"},
    Row{SIGILL, ILL_PRVOPC, "ILL_PRVOPC: a privileged instruction"},
    Row{SIGILL, ILL_PRVREG, "ILL_PRVREG: a privileged register"},
    Row{SIGILL, ILL_COPROC, "ILL_COPROC: an error of the coprocessor"},
    Row{SIGILL, ILL_BADSTK, "ILL_BADSTK: an error of the internal stack"},
    Row{SIGFPE, FPE_INTDIV, "FPE_INTDIV: an integer was divided by zero"},
    Row{SIGFPE, FPE_INTOVF, "FPE_INTOVF: an integer overflowed"},
    Row{SIGFPE, FPE_FLTDIV, "FPE_FLTDIV: a floating point number was divided by zero"},
    Row{SIGFPE, FPE_FLTOVF, "FPE_FLTOVF: a floating point number overflowed"},
    Row{SIGFPE, FPE_FLTUND, "FPE_FLTUND: a floating point number underflowed"},
    Row{SIGFPE, FPE_FLTRES, "FPE_FLTRES: a floating point result is inexact"},
    Row{SIGFPE, FPE_FLTINV, "FPE_FLTINV: an invalid floating point operation"},
    Row{SIGFPE, FPE_FLTSUB, "FPE_FLTSUB: a subscript is out of range"},
    Row{kAnySignal, SI_KERNEL, "SI_KERNEL: an address that no program can have"},
    Row{kAnySignal, SI_TKILL, "SI_TKILL: raised in the process itself, as abort() does"},
};

}  // namespace

std::string codeText(const link::Crashed& crashed)
{
    if (crashed.code == SI_USER) return "SI_USER: sent by process " + std::to_string(crashed.sender);
    if (crashed.code == SI_QUEUE) return "SI_QUEUE: sent by process " + std::to_string(crashed.sender);
    const auto* const row = std::find_if(kRows.begin(), kRows.end(), [&](const Row& candidate) {
        return (candidate.signal == crashed.signal || candidate.signal == kAnySignal) &&
               candidate.code == crashed.code;
    });
    return row == kRows.end() ? "code " + std::to_string(crashed.code) : row->text;
}

bool hasAddress(const link::Crashed& crashed)
{
    return crashed.code > 0 && crashed.code != SI_KERNEL;
}

bool isCrash(int signal)
{
    constexpr std::array kCrashes{SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
    return std::find(kCrashes.begin(), kCrashes.end(), signal) != kCrashes.end();
}

}  // namespace clustermanager::crash
