#include <cstdlib>

#include "link/Codec.h"

/// Goal: no bytes of another process do harm, and each value has one form on the wire.
/// Method: the same input for the decoders of all directions; what decode() accepts, encode() writes back
/// byte for byte.

namespace {

using namespace clustermanager::link;

template <class Message>
void checkPacket(const std::uint8_t* data, std::size_t size)
{
    const auto result = decode<Message>(data, size);
    if (const auto* message = std::get_if<Message>(&result))
        if (encode(*message) != Bytes(data, data + size)) std::abort();
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    checkPacket<ToSpawner>(data, size);
    checkPacket<FromSpawner>(data, size);
    checkPacket<ToChild>(data, size);
    checkPacket<FromChild>(data, size);
    const auto plan = decodePlan(data, size);
    if (const auto* accepted = std::get_if<GenerationPlan>(&plan))
        if (encodePlan(*accepted) != Bytes(data, data + size)) std::abort();
    return 0;
}
