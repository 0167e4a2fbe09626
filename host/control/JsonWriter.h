#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace clustermanager::control {

/// Builds one JSON text, front to back, in one string: a status with a thousand children needs no tree.
///
/// The caller keeps the order right (a key before each member's value, every opened bracket closed); the
/// writer keeps the commas and the escapes right. Bytes that are not UTF-8 become U+FFFD, so the text is
/// valid whatever it is told. Not thread-safe.
class JsonWriter
{
public:
    /// `expectedSize` only saves time.
    explicit JsonWriter(std::size_t expectedSize = 0) { _json.reserve(expectedSize); }

    void object() { open('{'); }
    void endObject() { close('}'); }
    void array() { open('['); }
    void endArray() { close(']'); }

    /// The name of the member whose value comes next.
    JsonWriter& key(std::string_view name);

    void text(std::string_view value);
    void texts(const std::vector<std::string>& values);
    void boolean(bool value) { literal(value ? "true" : "false"); }
    void null() { literal("null"); }
    /// A JSON value that is known to be valid, in up to three parts.
    void verbatim(std::string_view json, std::string_view second = {}, std::string_view third = {})
    {
        literal(json);
        _json += second;
        _json += third;
    }

    template <class Integer>
    void number(Integer value)
    {
        static_assert(std::is_integral_v<Integer> && !std::is_same_v<Integer, bool>);
        literal(std::to_string(value));
    }

    /// So far.
    std::size_t size() const { return _json.size(); }
    std::string take() { return std::move(_json); }

private:
    void open(char bracket);
    void close(char bracket);
    void literal(std::string_view json);
    void separate();
    void quote(std::string_view value);

    std::string _json;
    bool _needsComma = false;
};

}  // namespace clustermanager::control
