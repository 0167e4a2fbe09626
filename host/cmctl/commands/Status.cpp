#include "cmctl/HostStatus.h"
#include "cmctl/Session.h"
#include "cmctl/TextTable.h"
#include "cmctl/Units.h"
#include "cmctl/commands/Commands.h"

namespace clustermanager::cmctl {

namespace {

template <class Number, class Write>
std::string orDash(const std::optional<Number>& number, Write write)
{
    return number ? write(*number) : "-";
}

void writeMaster(Output& output, const MasterRow& master)
{
    output.line(output.paint(Colour::Bold, "clustermanager " + master.version) + "  pid " +
                std::to_string(master.pid) + "  up " + durationText(master.uptimeMs) + "  memory " +
                sizeText(master.rssKiB) + "  log level " + master.logLevel +
                (master.stopping ? output.paint(Colour::Yellow, "  stopping") : ""));
}

std::string remarkOf(const GroupRow& group)
{
    if (!group.phase.empty()) return "reload: " + group.phase;
    if (!group.reason.empty()) return group.reason;
    if (group.gaveUp > 0)
        return std::to_string(group.gaveUp) + " gave up: `cmctl start " + group.name + "` tries again";
    return group.failedReload.empty() ? "" : "last reload failed: " + group.failedReload;
}

void writeGroups(Output& output, const std::vector<GroupRow>& groups)
{
    TextTable table(
        {{"GROUP"}, {"STATE"}, {"READY", true}, {"GEN", true}, {"PLUGIN"}, {"RUN_MASTER"}, {"REMARK"}});
    for (const GroupRow& group : groups)
        table.row({{group.name, Colour::Bold},
                   {group.state, colourOfState(group.state)},
                   {std::to_string(group.ready) + "/" + std::to_string(group.count),
                    group.ready < group.count ? Colour::Yellow : Colour::None},
                   std::to_string(group.generation),
                   group.plugin,
                   group.runMaster,
                   {remarkOf(group),
                    group.failedReload.empty() && group.gaveUp == 0 ? Colour::None : Colour::Red}});
    table.write(output);
}

void writeChildren(Output& output, const std::vector<ChildRow>& children)
{
    TextTable table({{"ID", true},
                     {"GROUP"},
                     {"STATE"},
                     {"PID", true},
                     {"RESTARTS", true},
                     {"UPTIME", true},
                     {"MEMORY", true},
                     {"CPU", true},
                     {"REQUESTS", true},
                     {"LAST EXIT"}});
    for (const ChildRow& child : children)
        table.row({std::to_string(child.id),
                   child.group,
                   {child.state + (child.standsIn ? "+" : ""), colourOfState(child.state)},
                   child.pid == 0 ? "-" : std::to_string(child.pid),
                   {std::to_string(child.restarts), child.restarts > 0 ? Colour::Yellow : Colour::None},
                   orDash(child.uptimeMs, durationText),
                   orDash(child.rssKiB, sizeText),
                   orDash(child.cpuMs, durationText),
                   orDash(child.requests, [](std::int64_t n) { return std::to_string(n); }),
                   child.reason.empty() ? child.lastExit : child.reason});
    table.write(output);
}

/// All of one child, a line for each word the host has for it.
void writeChild(Output& output, const JsonObject& child)
{
    for (const auto& [key, value] : child.members())
        output.line(output.paint(Colour::Bold, key) + ": " +
                    output.paint(key == "state" ? colourOfState(value) : Colour::None, value));
    const JsonObject exit = child.object("lastExit");
    if (exit) output.line(output.paint(Colour::Bold, "lastExit") + ":");
    for (const auto& [key, value] : exit.members())
        if (!value.empty()) output.line("  " + key + ": " + value);
    const std::string own = child.asJson("status");
    if (!own.empty()) output.line(output.paint(Colour::Bold, "status") + ": " + own);
}

/// Those of the group named, which the host has said exists.
template <class Row>
std::vector<Row> only(const std::vector<Row>& rows, const std::string& group, std::string Row::*name)
{
    std::vector<Row> found;
    for (const Row& row : rows)
        if (group.empty() || row.*name == group) found.push_back(row);
    return found;
}

}  // namespace

int commands::status(Session& session)
{
    const std::string name = session.asked().argument(0);
    const bool oneChild = isChildId(name);
    const std::string path = oneChild ? "/children/" + name : name.empty() ? "/" : "/groups/" + encoded(name);
    const std::string answer = session.client().get(path);
    Output& output = session.output();
    if (session.asked().has("json"))
        output.line(printableJson(answer));
    else if (oneChild)
        writeChild(output, parseJson(answer));
    else
    {
        const HostStatus status = statusOf(name.empty() ? parseJson(answer) : session.client().getJson("/"));
        writeMaster(output, status.master);
        output.line("");
        writeGroups(output, only(status.groups, name, &GroupRow::name));
        output.line("");
        writeChildren(output, only(status.children, name, &ChildRow::group));
    }
    return 0;
}

}  // namespace clustermanager::cmctl
