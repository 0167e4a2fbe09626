#include "control/CrashRoutes.h"

#include "control/JsonWriter.h"

namespace clustermanager::control {

Reply getCrashes(const Call& call)
{
    JsonWriter json(4096);
    json.object();
    json.key("crashes").array();
    if (const auto crashes = call.snapshots.latest()->crashes)
        for (const auto& report : *crashes)
        {
            json.object();
            json.key("id").text(report->id);
            json.key("time").text(report->time);
            json.key("group").text(report->group);
            report->child ? json.key("child").number(number(*report->child)) : json.key("child").null();
            json.key("signal").text(report->signal);
            json.endObject();
        }
    json.endArray();
    json.endObject();
    return control::json(json.take());
}

Reply getCrash(const Call& call)
{
    const std::string& id = call.target.segments[1];
    if (const auto crashes = call.snapshots.latest()->crashes)
        for (const auto& report : *crashes)
            if (report->id == id) return json(report->json);
    return problem(404, "There is no crash report '" + id + "' (any more); GET /crashes lists them.");
}

}  // namespace clustermanager::control
