#include "cmctl/Session.h"
#include "cmctl/TextTable.h"
#include "cmctl/Units.h"
#include "cmctl/commands/Commands.h"

namespace clustermanager::cmctl {

namespace {

void writeTable(Output& output, const std::vector<JsonObject>& operations)
{
    TextTable table(
        {{"ID", true}, {"KIND"}, {"GROUP"}, {"STATE"}, {"PHASE"}, {"BEGUN"}, {"TOOK", true}, {"REASON"}});
    for (const JsonObject& one : operations)
        table.row({one.text("id"),
                   one.text("kind"),
                   one.text("group").empty() ? "all" : one.text("group"),
                   {one.text("state"), colourOfState(one.text("state"))},
                   one.text("phase"),
                   durationText(one.numberOr("begunMsAgo", 0)) + " ago",
                   durationText(one.numberOr("durationMs", 0)),
                   one.text("reason")});
    table.write(output);
}

void writeChildren(Output& output, const JsonObject& operation)
{
    TextTable table({{"CHILD", true}, {"STATE"}, {"TOOK", true}, {"REASON"}});
    for (const JsonObject& child : operation.objects("children"))
        table.row({child.text("id"),
                   {child.text("state"), colourOfState(child.text("state"))},
                   durationText(child.numberOr("durationMs", 0)),
                   child.text("reason")});
    table.write(output);
}

}  // namespace

int commands::operations(Session& session)
{
    const std::string id = session.asked().argument(0);
    const std::string answer = session.client().get("/operations" + (id.empty() ? "" : "/" + encoded(id)));
    Output& output = session.output();
    if (session.asked().has("json"))
        output.line(printableJson(answer));
    else if (id.empty())
        writeTable(output, parseJson(answer).objects("operations"));
    else
    {
        const JsonObject operation = parseJson(answer);
        writeTable(output, {operation});
        output.line("");
        writeChildren(output, operation);
    }
    return 0;
}

}  // namespace clustermanager::cmctl
