#include "control/StatusJson.h"

#include <algorithm>
#include <chrono>

#include "base/JsonCheck.h"
#include "base/UtcText.h"
#include "control/ExitJson.h"
#include "control/GroupJson.h"
#include "control/JsonWriter.h"

namespace clustermanager::control {

namespace {

constexpr std::size_t kBytesPerChild = 1024;  // a guess that saves most of the growing

void writeTime(JsonWriter& json, const std::optional<WallTime>& time)
{
    time ? json.text(timestamp(*time)) : json.null();
}

std::string uptimeText(const std::optional<TimePoint>& since, TimePoint now)
{
    if (!since) return "null";
    // The picture may be a moment younger than `now`.
    const Millis uptime = std::chrono::duration_cast<Millis>(now - *since);
    return std::to_string(std::max<Millis::rep>(uptime.count(), 0));
}

void writeMaster(JsonWriter& json, const core::MasterSnapshot& master, TimePoint now)
{
    json.object();
    json.key("pid").number(master.pid);
    json.key("version").text(master.version);
    json.key("startTime").text(timestamp(master.startedAt));
    json.key("uptimeMs").verbatim(uptimeText(master.startedSteady, now));
    json.key("logLevel").text(core::row(master.logLevel).name);
    json.key("stopping").boolean(master.stopping);
    json.key("upgrades").number(master.upgrades);
    json.key("rssKiB").number(master.rssKiB);
    json.key("cpuMs").number(master.cpuMicros / 1000);
    json.key("options").object();
    for (const auto& [key, value] : master.options) json.key(key).text(value);
    json.endObject();
    json.key("countReason").text(master.countReason);
    json.key("loopDelayMicros").object();
    json.key("p99").number(master.loopDelay.p99.count());
    json.key("lastMinuteMax").number(master.loopDelay.lastMinuteMax.count());
    json.key("max").number(master.loopDelay.max.count());
    json.endObject();
    json.key("queues").object();
    for (const core::QueueSnapshot& queue : master.queues)
    {
        json.key(queue.name).object();
        json.key("depth").number(queue.depth);
        json.key("limit").number(queue.limit);
        json.endObject();
    }
    json.endObject();
    json.endObject();
}

void writeListeners(JsonWriter& json, const core::Snapshot& snapshot)
{
    json.array();
    for (const core::ListenerSnapshot& listener : snapshot.listeners)
    {
        json.object();
        json.key("name").text(listener.name);
        json.key("address").text(listener.address);
        const std::optional<AcceptQueue>& queue = listener.queue;
        queue ? json.key("queued").number(queue->length) : json.key("queued").null();
        queue ? json.key("queueLimit").number(queue->limit) : json.key("queueLimit").null();
        if (listener.fileLost) json.key("fileLost").boolean(true);
        json.endObject();
    }
    json.endArray();
}

/// The child's own words are embedded as they are, but only where they cannot break out of their place.
void writeOwnStatus(JsonWriter& json, const std::string& status)
{
    const bool valid = isJsonValue(status);
    valid ? json.key("status").verbatim(status) : json.key("status").null();
    if (!valid && !status.empty()) json.key("statusInvalid").boolean(true);
}

void writeReport(JsonWriter& json, const core::ChildSnapshot& child)
{
    writeTime(json.key("reportedAt"), child.reportedAt);
    const bool reported = child.reportedAt.has_value();
    reported ? json.key("rssKiB").number(child.rssKiB) : json.key("rssKiB").null();
    reported ? json.key("cpuMs").number(child.cpuMicros / 1000) : json.key("cpuMs").null();
    reported ? json.key("requests").number(child.requests) : json.key("requests").null();
    reported ? json.key("held").number(child.held) : json.key("held").null();
    reported ? json.key("accepted").number(child.accepted) : json.key("accepted").null();
    json.key("droppedLogRecords").number(child.droppedLogRecords);
    json.key("droppedMessages").number(child.droppedMessages);
    json.key("logLevel").text(core::row(child.logLevel).name);
    writeOwnStatus(json, child.statusJson);
}

/// Returns where the uptime ends.
std::size_t writeChild(JsonWriter& json, const core::ChildSnapshot& child, const std::string& uptime)
{
    json.object();
    json.key("id").number(number(child.id));
    child.pid > 0 ? json.key("pid").number(child.pid) : json.key("pid").null();
    json.key("group").text(child.group);
    json.key("index").number(child.index);
    json.key("standsIn").boolean(child.standsIn);
    json.key("generation").number(child.generation);
    json.key("state").text(core::traits(child.state).name);
    json.key("wanted").boolean(child.wanted);
    json.key("reason").text(child.reason);
    json.key("restarts").number(child.restarts);
    json.key("isRestart").boolean(child.restarts > 0);
    writeTime(json.key("startTime"), child.startedAt);
    json.key("uptimeMs").verbatim(uptime);
    const std::size_t uptimeEnd = json.size();
    writeReport(json, child);
    writeExit(json.key("lastExit"), child.lastExit);
    json.endObject();
    return uptimeEnd;
}

void writeGroups(JsonWriter& json, const core::Snapshot& snapshot)
{
    json.array();
    for (const auto& group : snapshot.groups) writeGroup(json, *group);
    json.endArray();
}

}  // namespace

void ChildTexts::write(JsonWriter& json, const std::shared_ptr<const core::ChildSnapshot>& child,
                       TimePoint now)
{
    Text& known = _texts[child->id];
    if (known.of != child)
    {
        JsonWriter text;
        known.uptimeAt = writeChild(text, *child, "");
        known.text = text.take();
        known.of = child;
    }
    const std::string_view text = known.text;
    json.verbatim(text.substr(0, known.uptimeAt), uptimeText(child->startedSteady, now),
                  text.substr(known.uptimeAt));
}

void ChildTexts::keepOnly(const core::Snapshot& snapshot)
{
    if (_texts.size() <= 2 * snapshot.children.size()) return;
    std::unordered_map<ChildId, Text> kept;
    for (const auto& child : snapshot.children)
        if (const auto known = _texts.find(child->id); known != _texts.end())
            kept.insert(_texts.extract(known));
    _texts = std::move(kept);
}

std::string statusBegin(const core::Snapshot& snapshot, TimePoint now)
{
    JsonWriter json;
    json.object();
    writeMaster(json.key("master"), snapshot.master, now);
    writeListeners(json.key("listeners"), snapshot);
    writeGroups(json.key("groups"), snapshot);
    json.key("children");
    return json.take();
}

std::string statusEnd(const core::Snapshot& snapshot, TimePoint now, ChildTexts& texts)
{
    JsonWriter json(snapshot.children.size() * kBytesPerChild);
    json.array();
    for (const auto& child : snapshot.children) texts.write(json, child, now);
    json.endArray();
    json.endObject();
    texts.keepOnly(snapshot);
    return json.take();
}

std::string childJson(const core::ChildSnapshot& child, TimePoint now)
{
    JsonWriter json;
    (void)writeChild(json, child, uptimeText(child.startedSteady, now));
    return json.take();
}

std::string groupsJson(const core::Snapshot& snapshot)
{
    JsonWriter json;
    json.object();
    writeGroups(json.key("groups"), snapshot);
    json.endObject();
    return json.take();
}

std::string groupJson(const core::GroupSnapshot& group)
{
    JsonWriter json;
    writeGroup(json, group);
    return json.take();
}

std::string timestamp(WallTime time)
{
    std::string text;
    appendUtcMillis(text, std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()));
    return text;
}

}  // namespace clustermanager::control
