#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "link/Messages.h"

namespace clustermanager::child {

/// link::Crashed as the handler of a deadly signal can hold it: of a fixed size, and sound after each step,
/// so that what was gathered before a second fault can still be sent.
struct CrashFacts
{
    static constexpr std::size_t kFramesMax = 128;
    static constexpr std::size_t kModulesMax = 32;

    template <std::size_t Size>
    struct Text
    {
        std::array<char, Size> bytes;
        std::size_t size;  // at most Size
    };
    struct Module
    {
        const void* identity;  // tells one from the other
        Text<256> path;
        Text<32> buildId;
        std::uint64_t base;
    };

    std::int32_t signal;
    std::int32_t code;
    std::int32_t sender;
    std::uint64_t address;
    std::int32_t thread;
    Text<16> threadName;
    std::array<Module, kModulesMax> modules;
    std::size_t moduleCount;
    std::array<link::CrashFrame, kFramesMax> frames;
    std::size_t frameCount;
    Text<8'192> log;
};

/// More than any facts take.
constexpr std::size_t kCrashPacketMax = 24'576;
using CrashPacket = std::array<std::uint8_t, kCrashPacketMax>;

/// The packet that link::encode() would make of them; returns its size. Safe in a signal handler.
std::size_t encode(const CrashFacts& facts, CrashPacket& packet);

}  // namespace clustermanager::child
