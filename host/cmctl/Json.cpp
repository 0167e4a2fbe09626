#include "cmctl/Json.h"

#include <Poco/JSON/Array.h>
#include <Poco/JSON/Parser.h>

#include <array>
#include <cstdio>
#include <sstream>

#include "base/PrintableText.h"
#include "cmctl/Failure.h"

namespace clustermanager::cmctl {

namespace {

std::string textOf(const Poco::Dynamic::Var& value)
{
    try
    {
        const bool plain = value.isString() || value.isNumeric() || value.isBoolean();
        return plain ? printable(value.convert<std::string>()) : "";
    }
    catch (const Poco::Exception&)
    {
        return "";
    }
}

}  // namespace

Poco::Dynamic::Var JsonObject::value(const std::string& key) const
{
    return _object.isNull() || !_object->has(key) ? Poco::Dynamic::Var() : _object->get(key);
}

std::string JsonObject::text(const std::string& key) const
{
    return textOf(value(key));
}

std::optional<std::int64_t> JsonObject::number(const std::string& key) const
{
    const Poco::Dynamic::Var found = value(key);
    try
    {
        if (found.isNumeric() && !found.isBoolean()) return found.convert<Poco::Int64>();
    }
    catch (const Poco::Exception&)
    {
        // One that does not fit is as good as none.
    }
    return std::nullopt;
}

JsonObject JsonObject::object(const std::string& key) const
{
    return _object.isNull() ? JsonObject() : JsonObject(_object->getObject(key));
}

Poco::JSON::Array::Ptr JsonObject::array(const std::string& key) const
{
    return _object.isNull() ? nullptr : _object->getArray(key);
}

std::vector<JsonObject> JsonObject::objects(const std::string& key) const
{
    std::vector<JsonObject> result;
    const Poco::JSON::Array::Ptr list = array(key);
    for (unsigned i = 0; !list.isNull() && i < list->size(); ++i)
        if (list->isObject(i)) result.emplace_back(list->getObject(i));
    return result;
}

std::vector<std::string> JsonObject::texts(const std::string& key) const
{
    std::vector<std::string> result;
    const Poco::JSON::Array::Ptr list = array(key);
    for (unsigned i = 0; !list.isNull() && i < list->size(); ++i) result.push_back(textOf(list->get(i)));
    return result;
}

std::vector<std::pair<std::string, std::string>> JsonObject::members() const
{
    std::vector<std::pair<std::string, std::string>> result;
    if (_object.isNull()) return result;
    for (const std::string& key : _object->getNames())
        if (!_object->isObject(key) && !_object->isArray(key)) result.emplace_back(printable(key), text(key));
    return result;
}

std::string JsonObject::asJson(const std::string& key) const
{
    const Poco::Dynamic::Var found = value(key);
    if (found.isEmpty()) return "";
    std::ostringstream json;
    Poco::JSON::Stringifier::stringify(found, json, 2);
    return printableJson(json.str());
}

std::string JsonObject::asLine() const
{
    std::ostringstream json;
    if (!_object.isNull()) _object->stringify(json);
    return printableJson(json.str());
}

JsonObject parseJson(const std::string& text)
{
    constexpr bool kInOrder = true;
    try
    {
        Poco::JSON::Parser parser(new Poco::JSON::ParseHandler(kInOrder));
        return JsonObject(parser.parse(text).extract<Poco::JSON::Object::Ptr>());
    }
    catch (const Poco::Exception&)
    {
        throw unreachable("the answer is no JSON object: what answers there is no ClusterManager");
    }
}

std::string printableJson(const std::string& text)
{
    std::string result;
    for (std::string_view rest = text; !rest.empty();)
    {
        const std::size_t length = printableAt(rest);
        if (length > 0 || rest[0] == '\n')
            result += rest.substr(0, length == 0 ? 1 : length);
        else if (rest[0] != '\r')
        {
            std::array<char, 8> escape{};
            (void)std::snprintf(escape.data(), escape.size(), "\\u%04x", static_cast<unsigned char>(rest[0]));
            result += escape.data();
        }
        rest.remove_prefix(length == 0 ? 1 : length);
    }
    while (!result.empty() && result.back() == '\n') result.pop_back();
    return result;
}

}  // namespace clustermanager::cmctl
