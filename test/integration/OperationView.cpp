#include "OperationView.h"

#include <sstream>
#include <stdexcept>

#include <Poco/JSON/Array.h>
#include <Poco/JSON/Parser.h>

namespace clustermanager::integration {

using Poco::JSON::Object;

namespace {

std::string textOf(const Object::Ptr& json, const std::string& key)
{
    return !json->has(key) || json->isNull(key) ? "" : json->getValue<std::string>(key);
}

}  // namespace

// Of one that has only just begun an answer may hold no more than its number.
OperationView::OperationView(const Object::Ptr& json)
    : id(json->getValue<int>("id")), kind(textOf(json, "kind")), group(textOf(json, "group")),
      state(textOf(json, "state")), phase(textOf(json, "phase")), reason(textOf(json, "reason"))
{
    const std::string number = textOf(json, "generation");
    if (!number.empty()) generation = static_cast<unsigned>(std::stoul(number));
    const auto array = json->getArray("children");
    for (unsigned i = 0; array && i < array->size(); ++i)
    {
        const auto step = array->getObject(i);
        children.push_back({step->getValue<int>("id"), textOf(step, "state"), textOf(step, "reason")});
    }
    std::ostringstream words;
    json->stringify(words);
    text = words.str();
}

std::string OperationView::steps() const
{
    std::string list;
    for (const Step& step : children)
        list += (list.empty() ? "" : ", ") + std::to_string(step.id) + " " + step.state;
    return list;
}

Object::Ptr parseObject(const std::string& json)
{
    return Poco::JSON::Parser().parse(json).extract<Object::Ptr>();
}

std::vector<OperationView> operationsOf(const std::string& body)
{
    std::vector<OperationView> operations;
    const auto array = parseObject(body)->getArray("operations");
    for (unsigned i = 0; array && i < array->size(); ++i) operations.emplace_back(array->getObject(i));
    return operations;
}

OperationView operationOf(const std::string& body)
{
    const std::vector<OperationView> operations = operationsOf(body);
    if (operations.size() != 1) throw std::runtime_error("not one operation: " + body);
    return operations.front();
}

}  // namespace clustermanager::integration
