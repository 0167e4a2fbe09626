#include "child/StackWalk.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <unwind.h>

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace clustermanager::child {

namespace {

/// The frames of the handler itself, which lie above the one that was interrupted.
constexpr unsigned kOwnFramesMax = 64;
constexpr unsigned kSegmentsMax = 64;

/// What was written before stays written when the next line faults.
void settle()
{
    std::atomic_signal_fence(std::memory_order_seq_cst);
}

template <std::size_t Size>
void copy(CrashFacts::Text<Size>& to, const char* from, std::size_t size)
{
    to.size = 0;
    for (std::size_t i = 0; i < std::min(size, Size); ++i) to.bytes[to.size++] = from[i];
}

std::size_t lengthOf(const char* text, std::size_t most)
{
    std::size_t length = 0;
    while (length < most && text[length] != '\0') ++length;
    return length;
}

constexpr std::size_t padded(std::size_t size)
{
    return (size + 3U) & ~std::size_t{3};
}

/// The build id among the notes at `at`.
void readNotes(const char* at, const char* end, CrashFacts::Module& module)
{
    while (static_cast<std::size_t>(end - at) >= sizeof(ElfW(Nhdr)))
    {
        const auto* note = reinterpret_cast<const ElfW(Nhdr)*>(at);
        at += sizeof *note;
        const std::size_t name = padded(note->n_namesz);
        const std::size_t body = padded(note->n_descsz);
        const auto left = static_cast<std::size_t>(end - at);
        if (name > left || body > left - name) return;
        const bool isGnu =
            note->n_namesz == 4 && at[0] == 'G' && at[1] == 'N' && at[2] == 'U' && at[3] == '\0';
        if (isGnu && note->n_type == NT_GNU_BUILD_ID) return copy(module.buildId, at + name, note->n_descsz);
        at += name + body;
    }
}

/// As the linker mapped it, the file begins with its headers.
void readBuildId(const dl_find_object& object, CrashFacts::Module& module)
{
    const auto* start = static_cast<const char*>(object.dlfo_map_start);
    const auto* end = static_cast<const char*>(object.dlfo_map_end);
    const auto size = static_cast<std::size_t>(end - start);
    const auto* header = reinterpret_cast<const ElfW(Ehdr)*>(start);
    if (size < sizeof *header || start[0] != ELFMAG0 || start[1] != ELFMAG1 || start[2] != ELFMAG2) return;
    const unsigned count = std::min<unsigned>(header->e_phnum, kSegmentsMax);
    if (header->e_phoff > size || count * sizeof(ElfW(Phdr)) > size - header->e_phoff) return;
    const auto* segments = reinterpret_cast<const ElfW(Phdr)*>(start + header->e_phoff);
    for (unsigned i = 0; i < count && module.buildId.size == 0; ++i)
    {
        const std::uint64_t at = module.base + segments[i].p_vaddr - reinterpret_cast<std::uint64_t>(start);
        if (segments[i].p_type != PT_NOTE || at > size || segments[i].p_memsz > size - at) continue;
        readNotes(start + at, start + at + segments[i].p_memsz, module);
    }
}

/// Lock-free in glibc, and meant for signal handlers.
bool findObject(std::uint64_t address, dl_find_object& object)
{
    // NOLINTNEXTLINE(performance-no-int-to-ptr): an address, wherever it leads
    return ::_dl_find_object(reinterpret_cast<void*>(address), &object) == 0;
}

/// The number of the module that has this address, which is entered where it is new.
std::uint8_t moduleOf(std::uint64_t address, CrashFacts& facts)
{
    dl_find_object object = {};
    if (!findObject(address, object)) return link::CrashFrame::kNoModule;
    for (std::size_t i = 0; i < facts.moduleCount; ++i)
        if (facts.modules[i].identity == object.dlfo_link_map) return static_cast<std::uint8_t>(i);
    if (facts.moduleCount == CrashFacts::kModulesMax) return link::CrashFrame::kNoModule;

    CrashFacts::Module& module = facts.modules[facts.moduleCount];
    module = {};
    module.identity = object.dlfo_link_map;
    module.base = object.dlfo_link_map->l_addr;
    settle();
    const auto number = static_cast<std::uint8_t>(facts.moduleCount++);
    settle();
    const char* name = object.dlfo_link_map->l_name;
    copy(module.path, name, lengthOf(name, module.path.bytes.size()));
    readBuildId(object, module);
    return number;
}

bool addFrame(std::uint64_t address, bool exact, CrashFacts& facts)
{
    if (facts.frameCount == CrashFacts::kFramesMax) return false;
    link::CrashFrame& frame = facts.frames[facts.frameCount];
    frame.address = address;
    frame.exact = exact;
    frame.module = link::CrashFrame::kNoModule;
    settle();
    ++facts.frameCount;
    settle();
    frame.module = moduleOf(exact ? address : address - 1, facts);
    return true;
}

/// The registers that say where the interrupted thread was.
struct Registers
{
    std::uint64_t instruction = 0;
    std::uint64_t stack = 0;
};

#if defined(__x86_64__)
Registers read(const ucontext_t& context)
{
    const auto& all = context.uc_mcontext.gregs;
    return {static_cast<std::uint64_t>(all[REG_RIP]), static_cast<std::uint64_t>(all[REG_RSP])};
}
void write(ucontext_t& context, const Registers& registers)
{
    context.uc_mcontext.gregs[REG_RIP] = static_cast<greg_t>(registers.instruction);
    context.uc_mcontext.gregs[REG_RSP] = static_cast<greg_t>(registers.stack);
}
/// As a call through a wild pointer found them: the address to return to is the last thing on the stack.
__attribute__((no_sanitize("address"))) Registers beforeTheCall(const ucontext_t& context)
{
    const Registers now = read(context);
    // NOLINTNEXTLINE(performance-no-int-to-ptr): the stack pointer
    return {*reinterpret_cast<const std::uint64_t*>(now.stack) - 1, now.stack + sizeof(std::uint64_t)};
}
#elif defined(__aarch64__)
Registers read(const ucontext_t& context)
{
    return {context.uc_mcontext.pc, context.uc_mcontext.sp};
}
void write(ucontext_t& context, const Registers& registers)
{
    context.uc_mcontext.pc = registers.instruction;
    context.uc_mcontext.sp = registers.stack;
}
Registers beforeTheCall(const ucontext_t& context)
{
    return {context.uc_mcontext.regs[30] - 1, context.uc_mcontext.sp};
}
#else
#error "Where does a signal keep the registers of this processor?"
#endif

struct Walk
{
    CrashFacts& facts;
    std::uint64_t start;  // the first frame below the handler's
    bool begun = false;
    unsigned own = 0;
};

_Unwind_Reason_Code onFrame(_Unwind_Context* context, void* argument)
{
    auto& walk = *static_cast<Walk*>(argument);
    int exact = 0;
    const std::uint64_t address = _Unwind_GetIPInfo(context, &exact);
    if (!walk.begun)
    {
        walk.begun = address == walk.start;
        if (!walk.begun) return ++walk.own < kOwnFramesMax ? _URC_NO_REASON : _URC_END_OF_STACK;
        if (walk.facts.frames[0].address == address) return _URC_NO_REASON;
    }
    if (address == 0) return _URC_END_OF_STACK;  // nothing called the first function
    return addFrame(address, exact != 0, walk.facts) ? _URC_NO_REASON : _URC_END_OF_STACK;
}

_Unwind_Reason_Code stopAtOnce(_Unwind_Context*, void*)
{
    return _URC_END_OF_STACK;
}

}  // namespace

void prepareStackWalk()
{
    (void)_Unwind_Backtrace(&stopAtOnce, nullptr);
}

void walkStack(ucontext_t& context, CrashFacts& facts)
{
    const Registers original = read(context);
    Registers start = original;
    (void)addFrame(original.instruction, true, facts);
    dl_find_object object = {};
    if (!findObject(original.instruction, object))
    {
        // Where no code is the unwinder could only guess, and would read there.
        start = beforeTheCall(context);
        if (!findObject(start.instruction, object)) return;
        write(context, start);
    }
    Walk walk{facts, start.instruction};
    (void)_Unwind_Backtrace(&onFrame, &walk);
    write(context, original);
}

}  // namespace clustermanager::child
