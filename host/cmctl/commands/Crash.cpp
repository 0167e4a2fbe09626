#include "cmctl/Failure.h"
#include "cmctl/Session.h"
#include "cmctl/TextTable.h"
#include "cmctl/Units.h"
#include "cmctl/commands/Commands.h"

namespace clustermanager::cmctl {

namespace {

void writeList(Output& output, const JsonObject& answer)
{
    const std::vector<JsonObject> crashes = answer.objects("crashes");
    if (crashes.empty()) return output.line("no crash is on record");
    TextTable table({{"ID"}, {"TIME"}, {"GROUP"}, {"CHILD", true}, {"SIGNAL"}});
    for (const JsonObject& crash : crashes)
        table.row({crash.text("id"),
                   crash.text("time"),
                   crash.text("group"),
                   crash.text("child"),
                   {crash.text("signal"), Colour::Red}});
    table.write(output);
}

void writeFrames(Output& output, const std::vector<JsonObject>& frames)
{
    output.line("");
    TextTable table({{"#", true}, {"ADDRESS"}, {"FUNCTION"}, {"MODULE"}});
    std::size_t number = 0;
    for (const JsonObject& frame : frames)
    {
        const std::string offset = frame.text("offset");
        const std::string buildId = frame.text("buildId");
        table.row({std::to_string(number++), frame.text("address"),
                   frame.text("function").empty() ? "?" : frame.text("function"),
                   frame.text("module") + (offset.empty() ? "" : "+" + offset) +
                       (buildId.empty() ? "" : " (" + buildId + ")")});
    }
    table.write(output);
}

void writeReport(Output& output, const JsonObject& report)
{
    for (const auto& [key, value] : report.members())
        output.line(output.paint(Colour::Bold, key) + ": " +
                    (key == "uptimeMs" ? durationText(report.numberOr(key, 0)) : value));
    writeFrames(output, report.objects("frames"));
    output.line("");
    output.line(output.paint(Colour::Bold, "last lines of its log"));
    for (const std::string& line : report.texts("log")) output.line("  " + line);
}

}  // namespace

int commands::crash(Session& session)
{
    const std::string id = session.asked().argument(1);
    const bool list = session.asked().argument(0) == "list";
    if (list != id.empty())
        throw usage(list ? "crash list takes no argument" : "which one? `cmctl crash list` shows their ids");
    const std::string answer = session.client().get("/crashes" + (list ? "" : "/" + encoded(id)));
    if (session.asked().has("json"))
        session.output().line(printableJson(answer));
    else if (list)
        writeList(session.output(), parseJson(answer));
    else
        writeReport(session.output(), parseJson(answer));
    return 0;
}

}  // namespace clustermanager::cmctl
