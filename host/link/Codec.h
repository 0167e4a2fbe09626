#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>

#include "base/Fields.h"
#include "link/Messages.h"

namespace clustermanager::link {

using clustermanager::Bytes;

/// Why a packet was refused: "unknown type 77", "3 bytes too many".
struct Malformed
{
    std::string reason;
};

// Message is one of ToSpawner, FromSpawner, ToChild, FromChild. The type number in a packet is the
// alternative's index. Property, fuzzed: what decode() accepts, encode() writes back byte for byte.

template <class Message>
Bytes encode(const Message& message);

/// Replaces what is in `bytes`, and so takes no memory where there is enough.
template <class Message>
void encodeInto(Bytes& bytes, const Message& message);

template <class Message>
std::variant<Message, Malformed> decode(const std::uint8_t* data, std::size_t size);

// The plan is no packet and has no size limit but 16 MiB.
Bytes encodePlan(const GenerationPlan& plan);
std::variant<GenerationPlan, Malformed> decodePlan(const std::uint8_t* data, std::size_t size);

}  // namespace clustermanager::link
