#include "control/OperationJson.h"

#include <algorithm>
#include <optional>

namespace clustermanager::control {

namespace {

void writeDuration(JsonWriter& json, TimePoint from, TimePoint to)
{
    // The picture may be a moment younger than `now`.
    const Millis duration = std::chrono::duration_cast<Millis>(to - from);
    json.number(std::max<Millis::rep>(duration.count(), 0));
}

void writeIdentity(JsonWriter& json, OperationId id)
{
    json.key("id").number(number(id));
    json.key("href").text("/operations/" + std::to_string(number(id)));
}

void writeStep(JsonWriter& json, const core::OperationStep& step, TimePoint now)
{
    json.object();
    json.key("id").number(number(step.child));
    json.key("state").text(core::name(step.state));
    json.key("reason").text(step.reason);
    writeDuration(json.key("durationMs"), step.begun, step.ended.value_or(now));
    json.endObject();
}

}  // namespace

std::string operationsJson(const std::vector<std::shared_ptr<const core::Operation>>& operations,
                           TimePoint now)
{
    JsonWriter json;
    json.object();
    json.key("operations").array();
    for (const auto& operation : operations) writeOperation(json, *operation, now);
    json.endArray();
    json.endObject();
    return json.take();
}

std::string operationJson(const core::Operation& operation, TimePoint now)
{
    JsonWriter json;
    writeOperation(json, operation, now);
    return json.take();
}

void writeOperation(JsonWriter& json, const core::Operation& operation, TimePoint now)
{
    json.object();
    writeIdentity(json, operation.id);
    json.key("kind").text(core::name(operation.kind));
    operation.group.empty() ? json.key("group").null() : json.key("group").text(operation.group);
    json.key("state").text(core::name(operation.state));
    json.key("phase").text(operation.phase);
    const std::uint32_t generation = number(operation.generation);
    generation == 0 ? json.key("generation").null() : json.key("generation").number(generation);
    json.key("reason").text(operation.reason);
    writeDuration(json.key("begunMsAgo"), operation.begun, now);
    writeDuration(json.key("durationMs"), operation.begun, operation.ended.value_or(now));
    json.key("children").array();
    for (const core::OperationStep& step : operation.steps) writeStep(json, step, now);
    json.endArray();
    json.endObject();
}

void writeReference(JsonWriter& json, OperationId id)
{
    json.object();
    writeIdentity(json, id);
    json.endObject();
}

}  // namespace clustermanager::control
