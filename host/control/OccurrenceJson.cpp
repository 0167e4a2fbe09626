#include "control/OccurrenceJson.h"

#include "base/Signals.h"
#include "control/JsonWriter.h"
#include "control/StatusJson.h"

namespace clustermanager::control {

namespace {

void writeProcess(JsonWriter& json, const core::OneStart& process)
{
    if (isRunMaster(process.child))
        json.key("runMaster").boolean(true);
    else
        json.key("child").number(number(process.child));
    json.key("start").number(number(process.start));
    json.key("generation").number(process.generation);
    if (process.pid > 0) json.key("pid").number(process.pid);
    json.key("restarts").number(process.restarts);
}

void writeStatus(JsonWriter& json, const ExitStatus& status)
{
    json.object();
    switch (status.kind)
    {
    case ExitStatus::Kind::Exited: json.key("code").number(status.number); break;
    case ExitStatus::Kind::Signaled:
        json.key("signal").text(signalName(status.number));
        json.key("coreDumped").boolean(status.coreDumped);
        break;
    case ExitStatus::Kind::Unknown: break;
    }
    json.endObject();
}

void write(JsonWriter& json, const core::ChildStateChanged& what)
{
    writeProcess(json, what.process);
    json.key("from").text(core::traits(what.from).name);
    json.key("to").text(core::traits(what.to).name);
    json.key("reason").text(what.reason);
}

void write(JsonWriter& json, const core::ProcessEnded& what)
{
    writeProcess(json, what.process);
    writeStatus(json.key("exit"), what.status);
    json.key("reason").text(what.reason);
    json.key("uptimeMs").number(what.uptime.count());
    json.key("userMs").number(what.use.userMicros / 1000);
    json.key("systemMs").number(what.use.systemMicros / 1000);
    json.key("maxRssKiB").number(what.use.maxRssKiB);
    if (!what.crash.empty()) json.key("crash").text(what.crash);
}

void write(JsonWriter& json, const core::GroupChanged& what)
{
    json.key("state").text(core::name(what.state));
    json.key("generation").number(what.generation);
    json.key("generationState").text(core::name(what.generationState));
    json.key("phase").text(what.phase);
    json.key("reason").text(what.reason);
}

void write(JsonWriter& json, const core::OperationChanged& what)
{
    json.key("operation").number(number(what.id));
    json.key("operationKind").text(core::name(what.kind));
    json.key("state").text(core::name(what.state));
    json.key("phase").text(what.phase);
    json.key("stepsOver").number(what.stepsOver);
    json.key("steps").number(what.steps);
    json.key("reason").text(what.reason);
}

void write(JsonWriter& json, const core::ConfigurationRead& what)
{
    json.key("applied").boolean(what.applied);
    json.key("details").texts(what.details);
}

void write(JsonWriter& json, const core::CommandAsked& what)
{
    json.key("route").text(what.route);
    json.key("who").text(what.who);
    json.key("answer").number(what.answer);
}

void write(JsonWriter& json, const core::HostChanged& what)
{
    json.key("what").text(core::name(what.what));
    json.key("reason").text(what.reason);
}

void write(JsonWriter&, const core::Notice&) {}

}  // namespace

const char* severityName(core::Announce::Severity severity)
{
    switch (severity)
    {
    case core::Announce::Severity::Debug: return "debug";
    case core::Announce::Severity::Info: return "info";
    case core::Announce::Severity::Warning: return "warning";
    case core::Announce::Severity::Error: break;
    }
    return "error";
}

std::string occurrenceJson(const core::Occurrence& occurrence)
{
    JsonWriter json(512);
    json.object();
    json.key("id").number(occurrence.number);
    json.key("time").text(timestamp(occurrence.at));
    json.key("kind").text(core::kind(occurrence));
    json.key("severity").text(severityName(occurrence.severity));
    if (!occurrence.group.empty()) json.key("group").text(occurrence.group);
    std::visit([&](const auto& what) { write(json, what); }, occurrence.what);
    json.key("text").text(occurrence.text);
    json.endObject();
    return json.take();
}

}  // namespace clustermanager::control
