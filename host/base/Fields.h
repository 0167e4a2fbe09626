#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/FileDescriptor.h"

/// Plain values to bytes and back. A struct lists its members once, in a template function fields(io) that
/// calls io(member) for each; writer and reader both follow that list.
///
/// Integers are little-endian and of their declared width, a double is its bits, an enum is its number, a
/// duration or point in time its count, a string or container a u32 count and its elements, an optional a
/// bool and its value. What is read is not trusted: it is short, long or out of range is a problem of the
/// reader, a value to handle.
namespace clustermanager {

using Bytes = std::vector<std::uint8_t>;

/// Appends each value it is called with.
class FieldWriter
{
public:
    static constexpr bool kReads = false;
    static constexpr std::size_t kUsualBytes = 128;

    /// `memory` is used again, whatever is in it.
    explicit FieldWriter(Bytes memory = {}) : _bytes(std::move(memory))
    {
        _bytes.clear();
        _bytes.reserve(kUsualBytes);
    }

    template <class T>
    void operator()(const T& value)
    {
        if constexpr (std::is_enum_v<T>)
            putNumber(static_cast<std::underlying_type_t<T>>(value));
        else if constexpr (std::is_integral_v<T>)
            putNumber(value);
        else if constexpr (std::is_same_v<T, double>)
            putNumber(bitsOf(value));
        else
            const_cast<T&>(value).fields(*this);  // fields() only names them, and we only read
    }

    void operator()(const std::string& text)
    {
        putCount(text.size());
        _bytes.insert(_bytes.end(), text.begin(), text.end());
    }

    void operator()(const HandedFd& fd)
    {
        putNumber(fd.number);
        if (fd.number >= 0) _handed.push_back(fd.number);
    }

    template <class Rep, class Period>
    void operator()(const std::chrono::duration<Rep, Period>& span)
    {
        putNumber(static_cast<std::int64_t>(span.count()));
    }
    template <class Clock, class Duration>
    void operator()(const std::chrono::time_point<Clock, Duration>& time)
    {
        (*this)(time.time_since_epoch());
    }

    template <class T>
    void operator()(const std::optional<T>& maybe)
    {
        (*this)(maybe.has_value());
        if (maybe) (*this)(*maybe);
    }
    template <class A, class B>
    void operator()(const std::pair<A, B>& both)
    {
        (*this)(both.first);
        (*this)(both.second);
    }
    template <class T>
    void operator()(const std::vector<T>& list)
    {
        putAll(list);
    }
    template <class T>
    void operator()(const std::set<T>& set)
    {
        putAll(set);
    }
    template <class K, class V>
    void operator()(const std::map<K, V>& map)
    {
        putAll(map);
    }
    template <class K, class V>
    void operator()(const std::unordered_map<K, V>& map)
    {
        putAll(map);
    }

    void putCount(std::size_t count) { putNumber(static_cast<std::uint32_t>(count)); }

    Bytes take() { return std::move(_bytes); }
    /// The descriptors among what was written.
    const std::vector<int>& handed() const { return _handed; }

private:
    template <class Container>
    void putAll(const Container& elements)
    {
        putCount(elements.size());
        for (const auto& element : elements) (*this)(element);
    }

    static std::uint64_t bitsOf(double value)
    {
        std::uint64_t bits = 0;
        std::memcpy(&bits, &value, sizeof bits);
        return bits;
    }

    template <class T>
    void putNumber(T value)
    {
        const auto bits = static_cast<std::uint64_t>(value);
        for (std::size_t i = 0; i < sizeof(T); ++i)
            _bytes.push_back(static_cast<std::uint8_t>(bits >> (8 * i)));
    }

    Bytes _bytes;
    std::vector<int> _handed;
};

/// Fills each value it is called with. After the first problem it reads no further: values stay as they were
/// made.
class FieldReader
{
public:
    static constexpr bool kReads = true;

    /// The bytes outlive this.
    FieldReader(const std::uint8_t* data, std::size_t size) : _next(data), _left(size) {}

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
        else if constexpr (std::is_same_v<T, double>)
        {
            const auto bits = takeNumber<std::uint64_t>();
            std::memcpy(&value, &bits, sizeof value);
        }
        else
            value.fields(*this);
    }

    void operator()(std::string& text)
    {
        const std::size_t size = takeCount();
        text.assign(reinterpret_cast<const char*>(_next), size);
        skip(size);
    }

    void operator()(HandedFd& fd) { fd.number = takeNumber<int>(); }

    template <class Rep, class Period>
    void operator()(std::chrono::duration<Rep, Period>& span)
    {
        span = std::chrono::duration<Rep, Period>(static_cast<Rep>(takeNumber<std::int64_t>()));
    }
    template <class Clock, class Duration>
    void operator()(std::chrono::time_point<Clock, Duration>& time)
    {
        Duration sinceEpoch{};
        (*this)(sinceEpoch);
        time = std::chrono::time_point<Clock, Duration>(sinceEpoch);
    }

    template <class T>
    void operator()(std::optional<T>& maybe)
    {
        bool there = false;
        (*this)(there);
        maybe.reset();
        if (there) (*this)(maybe.emplace());
    }
    template <class A, class B>
    void operator()(std::pair<A, B>& both)
    {
        (*this)(both.first);
        (*this)(both.second);
    }

    /// No memory is set aside for what a count only claims: the list grows by what is really there.
    template <class T>
    void operator()(std::vector<T>& list)
    {
        const std::size_t count = takeCount();
        for (std::size_t i = 0; i < count && good(); ++i) (*this)(list.emplace_back());
    }
    template <class T>
    void operator()(std::set<T>& set)
    {
        takeAll<T>([&](T&& element) { return set.insert(std::move(element)).second; });
    }
    template <class K, class V>
    void operator()(std::map<K, V>& map)
    {
        takeAll<std::pair<K, V>>(
            [&](std::pair<K, V>&& entry) { return map.insert(std::move(entry)).second; });
    }
    template <class K, class V>
    void operator()(std::unordered_map<K, V>& map)
    {
        takeAll<std::pair<K, V>>(
            [&](std::pair<K, V>&& entry) { return map.insert(std::move(entry)).second; });
    }

    /// Every element takes at least a byte, so a larger count than what is left is a lie.
    std::size_t takeCount()
    {
        const std::size_t count = takeNumber<std::uint32_t>();
        if (count <= _left) return count;
        refuse("too short");
        return 0;
    }

    bool good() const { return _problem.empty(); }
    const std::string& problem() const { return _problem; }
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
    /// An enum that names its last value is checked against it.
    template <class T, class = void>
    struct HasLast : std::false_type
    {};
    template <class T>
    struct HasLast<T, std::void_t<decltype(T::kLast)>> : std::true_type
    {};

    template <class Element, class Insert>
    void takeAll(Insert insert)
    {
        const std::size_t count = takeCount();
        for (std::size_t i = 0; i < count && good(); ++i)
        {
            Element element{};
            (*this)(element);
            if (good() && !insert(std::move(element))) refuse("an element is there twice");
        }
    }

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

    void skip(std::size_t size)
    {
        _next += size;
        _left -= size;
    }

    const std::uint8_t* _next;
    std::size_t _left;
    std::string _problem;
};

}  // namespace clustermanager
