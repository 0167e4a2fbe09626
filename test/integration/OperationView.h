#pragma once

#include <string>
#include <vector>

#include <Poco/JSON/Object.h>

namespace clustermanager::integration {

/// What an answer of the control port says of one operation.
struct OperationView
{
    struct Step
    {
        int id = 0;
        std::string state;
        std::string reason;
    };

    OperationView() = default;
    explicit OperationView(const Poco::JSON::Object::Ptr& json);

    bool over() const { return state == "done" || state == "failed" || state == "replaced"; }
    /// The ids of its children, in order, each with its state: "1 ready, 2 failed".
    std::string steps() const;

    int id = 0;
    std::string kind;
    std::string group;
    std::string state;
    std::string phase;
    std::string reason;
    unsigned generation = 0;
    std::vector<Step> children;
    std::string text;  // as it came
};

Poco::JSON::Object::Ptr parseObject(const std::string& json);

/// "operations" of an answer, one or more.
std::vector<OperationView> operationsOf(const std::string& body);

/// The one that the answer names.
OperationView operationOf(const std::string& body);

}  // namespace clustermanager::integration
