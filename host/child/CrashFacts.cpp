#include "child/CrashFacts.h"

#include <algorithm>
#include <type_traits>
#include <variant>

namespace clustermanager::child {

namespace {

template <class Message, class Variant, std::size_t Index = 0>
constexpr std::uint8_t typeNumber()
{
    if constexpr (std::is_same_v<Message, std::variant_alternative_t<Index, Variant>>)
        return static_cast<std::uint8_t>(Index);
    else
        return typeNumber<Message, Variant, Index + 1>();
}

/// FieldWriter without memory of its own.
class Writer
{
public:
    explicit Writer(CrashPacket& packet) : _packet(packet) {}

    template <class T>
    void number(T value)
    {
        const auto bits = static_cast<std::uint64_t>(value);
        for (std::size_t i = 0; i < sizeof(T); ++i) put(static_cast<std::uint8_t>(bits >> (8 * i)));
    }
    void count(std::size_t value) { number(static_cast<std::uint32_t>(value)); }

    template <std::size_t Size>
    void text(const CrashFacts::Text<Size>& value)
    {
        const std::size_t size = std::min(value.size, Size);
        count(size);
        for (std::size_t i = 0; i < size; ++i) put(static_cast<std::uint8_t>(value.bytes[i]));
    }

    std::size_t size() const { return _size; }

private:
    void put(std::uint8_t byte)
    {
        if (_size < _packet.size()) _packet[_size++] = byte;
    }

    CrashPacket& _packet;
    std::size_t _size = 0;
};

constexpr std::size_t kHeadBytes = 2 + 3 * 4 + 8 + 4 + 4 + 16 + 4 + 4 + 4;
static_assert(kCrashPacketMax >= kHeadBytes + sizeof(CrashFacts), "every field fits");
static_assert(kCrashPacketMax <= link::kPacketBytesMax);

}  // namespace

std::size_t encode(const CrashFacts& facts, CrashPacket& packet)
{
    Writer out(packet);
    out.number(link::kWireVersion);
    out.number(typeNumber<link::Crashed, link::FromChild>());
    out.number(facts.signal);
    out.number(facts.code);
    out.number(facts.sender);
    out.number(facts.address);
    out.number(facts.thread);
    out.text(facts.threadName);
    const std::size_t modules = std::min(facts.moduleCount, CrashFacts::kModulesMax);
    out.count(modules);
    for (std::size_t i = 0; i < modules; ++i)
    {
        out.text(facts.modules[i].path);
        out.text(facts.modules[i].buildId);
        out.number(facts.modules[i].base);
    }
    const std::size_t frames = std::min(facts.frameCount, CrashFacts::kFramesMax);
    out.count(frames);
    for (std::size_t i = 0; i < frames; ++i)
    {
        out.number(facts.frames[i].address);
        out.number(static_cast<std::uint8_t>(facts.frames[i].exact ? 1 : 0));
        out.number(facts.frames[i].module);
    }
    out.text(facts.log);
    return out.size();
}

}  // namespace clustermanager::child
