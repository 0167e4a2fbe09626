#include "link/Codec.h"

#include <type_traits>
#include <utility>

namespace clustermanager::link {

namespace {

constexpr std::size_t kPlanBytesMax = 16'777'216;

template <class T, class = void>
struct HasLast : std::false_type
{};
template <class T>
struct HasLast<T, std::void_t<decltype(T::kLast)>> : std::true_type
{};

/// Appends each field it is called with.
class Writer
{
public:
    template <class T>
    void operator()(const T& value)
    {
        if constexpr (std::is_enum_v<T>)
            putNumber(static_cast<std::underlying_type_t<T>>(value));
        else if constexpr (std::is_integral_v<T>)
            putNumber(value);
        else
            const_cast<T&>(value).fields(*this);  // fields() only names them, and we only read
    }

    void operator()(const std::string& text)
    {
        putNumber(static_cast<std::uint32_t>(text.size()));
        _bytes.insert(_bytes.end(), text.begin(), text.end());
    }

    template <class T>
    void operator()(const std::vector<T>& list)
    {
        putNumber(static_cast<std::uint32_t>(list.size()));
        for (const T& element : list) (*this)(element);
    }

    template <class A, class B>
    void operator()(const std::pair<A, B>& both)
    {
        (*this)(both.first);
        (*this)(both.second);
    }

    Bytes take() { return std::move(_bytes); }

private:
    template <class T>
    void putNumber(T value)
    {
        const auto bits = static_cast<std::uint64_t>(value);
        for (std::size_t i = 0; i < sizeof(T); ++i)
            _bytes.push_back(static_cast<std::uint8_t>(bits >> (8 * i)));
    }

    Bytes _bytes;
};

/// Fills each field it is called with. After the first problem it reads no further.
class Reader
{
public:
    Reader(const std::uint8_t* data, std::size_t size) : _next(data), _left(size) {}

    template <class T>
    void operator()(T& value)
    {
        if constexpr (std::is_same_v<T, bool>)
            value = takeUpTo<std::uint8_t>(1) != 0;
        else if constexpr (HasLast<T>::value)
            value = static_cast<T>(
                takeUpTo<std::underlying_type_t<T>>(static_cast<std::underlying_type_t<T>>(T::kLast)));
        else if constexpr (std::is_enum_v<T>)
            value = static_cast<T>(takeNumber<std::underlying_type_t<T>>());
        else if constexpr (std::is_integral_v<T>)
            value = takeNumber<T>();
        else
            value.fields(*this);
    }

    void operator()(std::string& text)
    {
        const std::size_t size = takeCount();
        text.assign(reinterpret_cast<const char*>(_next), size);
        skip(size);
    }

    /// No memory is set aside for what a count only claims: the list grows by what is really there.
    template <class T>
    void operator()(std::vector<T>& list)
    {
        const std::size_t count = takeCount();
        for (std::size_t i = 0; i < count && good(); ++i) (*this)(list.emplace_back());
    }

    template <class A, class B>
    void operator()(std::pair<A, B>& both)
    {
        (*this)(both.first);
        (*this)(both.second);
    }

    bool good() const { return _problem.empty(); }
    void refuse(std::string problem)
    {
        if (good()) _problem = std::move(problem);
        _left = 0;
    }

    /// What was wrong, or "" where everything was understood and nothing is left.
    std::string finish()
    {
        if (good() && _left > 0) refuse(std::to_string(_left) + " bytes too many");
        return _problem;
    }

private:
    template <class T>
    T takeNumber()
    {
        if (_left < sizeof(T))
        {
            refuse("too short");
            return T{};
        }
        std::uint64_t bits = 0;
        for (std::size_t i = 0; i < sizeof(T); ++i) bits |= std::uint64_t{_next[i]} << (8 * i);
        skip(sizeof(T));
        return static_cast<T>(bits);
    }

    template <class T>
    T takeUpTo(T last)
    {
        const T value = takeNumber<T>();
        if (value <= last) return value;
        refuse("value " + std::to_string(value) + " is out of range");
        return T{};
    }

    /// Every element takes at least a byte, so a larger count than what is left is a lie.
    std::size_t takeCount()
    {
        const std::size_t count = takeNumber<std::uint32_t>();
        if (count <= _left) return count;
        refuse("too short");
        return 0;
    }

    void skip(std::size_t size)
    {
        _next += size;
        _left -= size;
    }

    const std::uint8_t* _next;
    std::size_t _left;
    std::string _problem;
};

void takeVersion(Reader& reader)
{
    std::uint8_t version = 0;
    reader(version);
    if (reader.good() && version != kWireVersion)
        reader.refuse("version " + std::to_string(version) + " instead of " + std::to_string(kWireVersion));
}

/// Makes the alternative of that number current and reads its fields.
template <class Message, std::size_t... Indexes>
void takeAlternative(Reader& reader, std::size_t type, Message& message, std::index_sequence<Indexes...>)
{
    const bool known = ((Indexes == type && (reader(message.template emplace<Indexes>()), true)) || ...);
    if (!known) reader.refuse("unknown type " + std::to_string(type));
}

}  // namespace

template <class Message>
Bytes encode(const Message& message)
{
    Writer writer;
    writer(kWireVersion);
    writer(static_cast<std::uint8_t>(message.index()));
    std::visit(writer, message);
    return writer.take();
}

template <class Message>
std::variant<Message, Malformed> decode(const std::uint8_t* data, std::size_t size)
{
    if (size > kPacketBytesMax) return Malformed{"longer than a packet may be"};
    Reader reader(data, size);
    takeVersion(reader);
    std::uint8_t type = 0;
    reader(type);

    Message message;
    if (reader.good())
        takeAlternative(reader, type, message, std::make_index_sequence<std::variant_size_v<Message>>{});
    if (std::string problem = reader.finish(); !problem.empty()) return Malformed{std::move(problem)};
    return message;
}

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
    Writer writer;
    writer(kWireVersion);
    writer(plan);
    return writer.take();
}

std::variant<GenerationPlan, Malformed> decodePlan(const std::uint8_t* data, std::size_t size)
{
    if (size > kPlanBytesMax) return Malformed{"longer than a plan may be"};
    Reader reader(data, size);
    takeVersion(reader);
    GenerationPlan plan;
    reader(plan);
    if (std::string problem = reader.finish(); !problem.empty()) return Malformed{std::move(problem)};
    return plan;
}

}  // namespace clustermanager::link
