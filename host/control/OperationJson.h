#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/Types.h"
#include "control/JsonWriter.h"
#include "core/Operation.h"

/// What operators have asked for, as JSON. Pure, and a contract with clients as StatusJson is.
namespace clustermanager::control {

/// {"operations":[...]}, the oldest first, and one of its elements.
std::string operationsJson(const std::vector<std::shared_ptr<const core::Operation>>& operations,
                           TimePoint now);
std::string operationJson(const core::Operation& operation, TimePoint now);

void writeOperation(JsonWriter& json, const core::Operation& operation, TimePoint now);

/// No more than its number and where to ask about it: {"id":5,"href":"/operations/5"}
void writeReference(JsonWriter& json, OperationId id);

}  // namespace clustermanager::control
