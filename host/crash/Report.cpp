#include "crash/Report.h"

#include <Poco/Exception.h>
#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>
#include <Poco/JSON/ParseHandler.h>
#include <Poco/JSON/Parser.h>

#include <algorithm>
#include <deque>
#include <sstream>

#include "base/ExitStatus.h"
#include "base/UtcText.h"
#include "core/Phrases.h"
#include "crash/CodeText.h"
#include "crash/FunctionName.h"

namespace clustermanager::crash {

namespace {

using Poco::Dynamic::Var;
using Poco::JSON::Array;
using Poco::JSON::Object;

constexpr std::size_t kLogLinesMax = 50;
constexpr std::size_t kLogLineBytesMax = 1'000;
constexpr std::size_t kCallsInASentence = 4;
constexpr std::size_t kCallBytesInASentence = 80;
constexpr int kDepthMax = 8;

std::string timeText(WallTime time)
{
    std::string text;
    appendUtcMicros(text, std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()));
    return text;
}

Var textOrNull(const std::string& text)
{
    return text.empty() ? Var() : Var(text);
}

std::string threadText(const link::Crashed& crashed)
{
    constexpr std::size_t kNameBytesMax = 64;
    return plainText(crashed.threadName, kNameBytesMax) + " (" + std::to_string(crashed.thread) + ")";
}

Array framesJson(const std::vector<NamedFrame>& frames)
{
    Array all;
    for (const NamedFrame& frame : frames)
    {
        Object one(Poco::JSON_PRESERVE_KEY_ORDER);
        one.set("address", hexadecimal(frame.address));
        one.set("module", textOrNull(frame.module));
        one.set("buildId", textOrNull(frame.buildId));
        one.set("offset", frame.module.empty() ? Var() : Var(hexadecimal(frame.offset)));
        one.set("function", textOrNull(frame.function));
        all.add(one);
    }
    return all;
}

Array logJson(const std::string& log)
{
    std::deque<std::string> lines;
    std::istringstream text(log);
    for (std::string line; std::getline(text, line);)
    {
        lines.push_back(plainText(line, kLogLineBytesMax));
        if (lines.size() > kLogLinesMax) lines.pop_front();
    }
    Array all;
    for (const std::string& line : lines) all.add(line);
    return all;
}

std::string stringOf(const Object& object)
{
    std::ostringstream text;
    object.stringify(text);
    return text.str();
}

/// What the lists of reports show is taken from the report itself.
core::CrashReport reportOf(const Object& object)
{
    core::CrashReport report;
    report.id = object.getValue<std::string>("id");
    report.time = object.getValue<std::string>("time");
    report.group = object.getValue<std::string>("group");
    if (!object.isNull("child")) report.child = ChildId{object.getValue<std::uint32_t>("child")};
    report.signal = object.getValue<std::string>("signal");
    report.json = stringOf(object);
    return report;
}

Object::Ptr parsed(const std::string& json)
{
    Poco::JSON::ParseHandler::Ptr handler(new Poco::JSON::ParseHandler(true));
    Poco::JSON::Parser parser(handler);
    parser.setDepth(kDepthMax);
    return parser.parse(json).extract<Object::Ptr>();
}

/// "Foo::bar()" for "Foo::bar(int, char const*)".
std::string withoutParameters(const std::string& function)
{
    const std::size_t last = function.rfind(')');
    int depth = 0;
    for (std::size_t at = last; last != std::string::npos; --at)
    {
        depth += function[at] == ')' ? 1 : function[at] == '(' ? -1 : 0;
        if (depth == 0) return function.substr(0, at + 1) + function.substr(last);
        if (at == 0) break;
    }
    return function;
}

/// "Foo::bar()", or "hello.so+0x1234" where the function has no name.
std::string callText(const NamedFrame& frame)
{
    std::string text = withoutParameters(frame.function);
    if (text.empty())
        text = frame.module.substr(frame.module.rfind('/') + 1) + "+" + hexadecimal(frame.offset);
    if (text.size() > kCallBytesInASentence) text = text.substr(0, kCallBytesInASentence - 3) + "...";
    return text;
}

std::string placeText(const std::vector<NamedFrame>& frames)
{
    auto frame = std::find_if(frames.begin(), frames.end(), [](const auto& one) { return one.inPlugin; });
    if (frame == frames.end())
        frame =
            std::find_if(frames.begin(), frames.end(), [](const auto& one) { return !one.module.empty(); });
    std::string text;
    std::string before;
    for (std::size_t calls = 0; frame != frames.end() && calls < kCallsInASentence; ++frame)
    {
        const std::string call = frame->module.empty() ? "" : callText(*frame);
        if (call.empty() || call == before) continue;  // a recursion is one call to the reader
        text += (text.empty() ? " in " : " < ") + call;
        before = call;
        ++calls;
    }
    return text;
}

}  // namespace

std::string crashId(const CrashKnown& known)
{
    const std::string slot = isRunMaster(known.slot) ? "master" : std::to_string(number(known.slot));
    return known.group + "-" + slot + "-" + std::to_string(number(known.start));
}

core::CrashReport makeReport(const CrashKnown& known, const std::optional<link::Crashed>& crashed,
                             const std::vector<NamedFrame>& frames)
{
    Object all(Poco::JSON_PRESERVE_KEY_ORDER);
    all.set("id", crashId(known));
    all.set("time", timeText(known.at));
    all.set("group", known.group);
    all.set("child", isRunMaster(known.slot) ? Var() : Var(number(known.slot)));
    all.set("start", number(known.start));
    all.set("pid", known.pid);
    all.set("generation", known.generation);
    all.set("plugin", known.plugin);
    all.set("version", known.version);
    all.set("signal", signalName(known.signal));
    all.set("code", crashed ? Var(codeText(*crashed)) : Var());
    all.set("address", crashed && hasAddress(*crashed) ? Var(hexadecimal(crashed->address)) : Var());
    all.set("thread", crashed ? Var(threadText(*crashed)) : Var());
    all.set("uptimeMs", known.uptime.count());
    all.set("frames", framesJson(frames));
    all.set("log", crashed ? logJson(crashed->log) : Array());
    return reportOf(all);
}

std::string sentence(const CrashKnown& known, const std::optional<link::Crashed>& crashed,
                     const std::vector<NamedFrame>& frames)
{
    std::string text =
        core::slotText(known.slot) + " (" + known.group + ") crashed: " + signalName(known.signal);
    if (crashed && hasAddress(*crashed)) text += " at " + hexadecimal(crashed->address);
    const std::string place = placeText(frames);
    return text + (place.empty() ? ", where is not known" : place) + "; report " + crashId(known);
}

std::optional<core::CrashReport> readReport(const std::string& json)
{
    try
    {
        return reportOf(*parsed(json));
    }
    catch (const Poco::Exception&)
    {
        return std::nullopt;
    }
}

core::CrashReport renamed(const core::CrashReport& report, const std::string& id)
{
    Object::Ptr object = parsed(report.json);
    object->set("id", id);
    return reportOf(*object);
}

}  // namespace clustermanager::crash
