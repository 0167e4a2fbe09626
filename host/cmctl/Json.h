#pragma once

#include <Poco/JSON/Object.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace clustermanager::cmctl {

/// An object of what the host answered. What is missing, null or of another kind reads as "", nothing, or an
/// empty list: another version of the host may say less. Every text comes out printable, so none can speak to
/// the terminal.
class JsonObject
{
public:
    JsonObject() = default;
    explicit JsonObject(Poco::JSON::Object::Ptr object) : _object(std::move(object)) {}

    explicit operator bool() const { return !_object.isNull(); }

    /// A number or a truth as its text, too.
    std::string text(const std::string& key) const;
    std::optional<std::int64_t> number(const std::string& key) const;
    std::int64_t numberOr(const std::string& key, std::int64_t fallback) const
    {
        return number(key).value_or(fallback);
    }
    bool isTrue(const std::string& key) const { return text(key) == "true"; }
    JsonObject object(const std::string& key) const;
    std::vector<JsonObject> objects(const std::string& key) const;
    std::vector<std::string> texts(const std::string& key) const;
    /// Of this object, in its order: what is neither object nor list, as text.
    std::vector<std::pair<std::string, std::string>> members() const;
    /// A part of any kind as JSON in lines, "" where there is none.
    std::string asJson(const std::string& key) const;
    /// All of it as JSON on one line.
    std::string asLine() const;

private:
    Poco::Dynamic::Var value(const std::string& key) const;
    Poco::JSON::Array::Ptr array(const std::string& key) const;

    Poco::JSON::Object::Ptr _object;
};

/// A Failure (unreachable) where it is no object: what answers there is no host.
JsonObject parseJson(const std::string& text);

/// JSON as it came, but with control characters that JSON itself would let through in escaped form.
std::string printableJson(const std::string& text);

}  // namespace clustermanager::cmctl
