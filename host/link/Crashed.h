#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace clustermanager::link {

/// A file that was mapped where a stack led through.
struct CrashModule
{
    std::string path;        // as the dynamic linker knows it; "": the program itself
    std::string buildId;     // its bytes; "": it has none
    std::uint64_t base = 0;  // what has to be taken from an address to have it as in the file

    template <class IO>
    void fields(IO& io)
    {
        io(path);
        io(buildId);
        io(base);
    }
};

struct CrashFrame
{
    static constexpr std::uint8_t kNoModule = 0xff;

    std::uint64_t address = 0;
    bool exact = false;               // the instruction itself; else the one that is returned to
    std::uint8_t module = kNoModule;  // its number among the modules

    template <class IO>
    void fields(IO& io)
    {
        io(address);
        io(exact);
        io(module);
    }
};

/// What a child says in the handler of the signal that it dies of. Written there without the codec, which
/// takes memory (child/CrashFacts.h), in the codec's format.
struct Crashed
{
    std::int32_t signal = 0;
    std::int32_t code = 0;    // si_code
    std::int32_t sender = 0;  // who sent it, where a process did
    std::uint64_t address = 0;
    std::int32_t thread = 0;
    std::string threadName;
    std::vector<CrashModule> modules;
    std::vector<CrashFrame> frames;  // the innermost first
    std::string log;                 // its last lines

    template <class IO>
    void fields(IO& io)
    {
        io(signal);
        io(code);
        io(sender);
        io(address);
        io(thread);
        io(threadName);
        io(modules);
        io(frames);
        io(log);
    }
};

}  // namespace clustermanager::link
