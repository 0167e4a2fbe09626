#include "control/ExitJson.h"

#include "base/Signals.h"
#include "control/StatusJson.h"

namespace clustermanager::control {

void writeExit(JsonWriter& json, const std::optional<core::LastExit>& exit)
{
    if (!exit) return json.null();
    json.object();
    json.key("pid").number(exit->pid);
    const bool exited = exit->status.kind == ExitStatus::Kind::Exited;
    const bool signaled = exit->status.kind == ExitStatus::Kind::Signaled;
    exited ? json.key("code").number(exit->status.number) : json.key("code").null();
    signaled ? json.key("signal").text(signalName(exit->status.number)) : json.key("signal").null();
    json.key("coreDumped").boolean(exit->status.coreDumped);
    json.key("text").text(exit->status.text());
    json.key("reason").text(exit->reason);
    json.key("at").text(timestamp(exit->at));
    json.key("uptimeMs").number(exit->uptime.count());
    json.key("userMs").number(exit->use.userMicros / 1000);
    json.key("systemMs").number(exit->use.systemMicros / 1000);
    json.key("maxRssKiB").number(exit->use.maxRssKiB);
    exit->crash.empty() ? json.key("crash").null() : json.key("crash").text(exit->crash);
    json.endObject();
}

}  // namespace clustermanager::control
