#include "link/Codec.h"

#include <utility>

#include "base/Fields.h"

namespace clustermanager::link {

namespace {

constexpr std::size_t kPlanBytesMax = 16'777'216;

void takeVersion(FieldReader& reader)
{
    std::uint8_t version = 0;
    reader(version);
    if (reader.good() && version != kWireVersion)
        reader.refuse("version " + std::to_string(version) + " instead of " + std::to_string(kWireVersion));
}

/// Makes the alternative of that number current and reads its fields.
template <class Message, std::size_t... Indexes>
void takeAlternative(FieldReader& reader, std::size_t type, Message& message, std::index_sequence<Indexes...>)
{
    const bool known = ((Indexes == type && (reader(message.template emplace<Indexes>()), true)) || ...);
    if (!known) reader.refuse("unknown type " + std::to_string(type));
}

}  // namespace

template <class Message>
void encodeInto(Bytes& bytes, const Message& message)
{
    FieldWriter writer(std::move(bytes));
    writer(kWireVersion);
    writer(static_cast<std::uint8_t>(message.index()));
    std::visit(writer, message);
    bytes = writer.take();
}

template <class Message>
Bytes encode(const Message& message)
{
    Bytes bytes;
    encodeInto(bytes, message);
    return bytes;
}

template <class Message>
std::variant<Message, Malformed> decode(const std::uint8_t* data, std::size_t size)
{
    if (size > kPacketBytesMax) return Malformed{"longer than a packet may be"};
    FieldReader reader(data, size);
    takeVersion(reader);
    std::uint8_t type = 0;
    reader(type);

    Message message;
    if (reader.good())
        takeAlternative(reader, type, message, std::make_index_sequence<std::variant_size_v<Message>>{});
    if (std::string problem = reader.finish(); !problem.empty()) return Malformed{std::move(problem)};
    return message;
}

template void encodeInto(Bytes&, const ToSpawner&);
template void encodeInto(Bytes&, const FromSpawner&);
template void encodeInto(Bytes&, const ToChild&);
template void encodeInto(Bytes&, const FromChild&);
template Bytes encode(const ToSpawner&);
template Bytes encode(const FromSpawner&);
template Bytes encode(const ToChild&);
template Bytes encode(const FromChild&);
template std::variant<ToSpawner, Malformed> decode<ToSpawner>(const std::uint8_t*, std::size_t);
template std::variant<FromSpawner, Malformed> decode<FromSpawner>(const std::uint8_t*, std::size_t);
template std::variant<ToChild, Malformed> decode<ToChild>(const std::uint8_t*, std::size_t);
template std::variant<FromChild, Malformed> decode<FromChild>(const std::uint8_t*, std::size_t);

Bytes encodePlan(const GenerationPlan& plan)
{
    FieldWriter writer;
    writer(kWireVersion);
    writer(plan);
    return writer.take();
}

std::variant<GenerationPlan, Malformed> decodePlan(const std::uint8_t* data, std::size_t size)
{
    if (size > kPlanBytesMax) return Malformed{"longer than a plan may be"};
    FieldReader reader(data, size);
    takeVersion(reader);
    GenerationPlan plan;
    reader(plan);
    if (std::string problem = reader.finish(); !problem.empty()) return Malformed{std::move(problem)};
    return plan;
}

}  // namespace clustermanager::link
