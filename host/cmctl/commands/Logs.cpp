#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "base/PrintableText.h"
#include "cmctl/Failure.h"
#include "cmctl/HostStatus.h"
#include "cmctl/LogMerge.h"
#include "cmctl/LogStreams.h"
#include "cmctl/Session.h"
#include "cmctl/commands/Commands.h"
#include "config/NearestKey.h"

namespace clustermanager::cmctl {

namespace {

constexpr std::int64_t kLines = 20;
constexpr std::int64_t kMostLines = 10'000;
constexpr Millis kPatience{100};
constexpr Millis kLookForChildren = std::chrono::seconds(2);

/// The children that the arguments name: all of them, some by number, some by group.
class Chosen
{
public:
    explicit Chosen(const std::vector<std::string>& names) : _names(names) {}

    std::vector<ChildRow> of(const HostStatus& status) const
    {
        std::vector<ChildRow> children;
        for (const ChildRow& child : status.children)
            if (_names.empty() || named(std::to_string(child.id)) || named(child.group))
                children.push_back(child);
        return children;
    }

    void check(const HostStatus& status) const
    {
        std::set<std::string> known;
        for (const GroupRow& group : status.groups) known.insert(group.name);
        const std::vector<std::string> groups(known.begin(), known.end());
        for (const ChildRow& child : status.children) known.insert(std::to_string(child.id));
        for (const std::string& name : _names)
            if (known.count(name) == 0)
                throw refused("there is no child and no group '" + printable(name) + "'" +
                              config::didYouMean(name, groups) + ". `cmctl status` shows what there is");
    }

private:
    bool named(const std::string& text) const
    {
        return std::find(_names.begin(), _names.end(), text) != _names.end();
    }

    const std::vector<std::string>& _names;
};

/// Writes lines with whose they are, in that child's colour.
class Writer
{
public:
    explicit Writer(Output& output) : _output(output) {}

    void know(const ChildRow& child)
    {
        const std::string prefix = child.group + " " + std::to_string(child.id);
        _prefixes[child.id] = prefix;
        _width = std::max(_width, prefix.size());
    }

    void write(const std::vector<LogLine>& lines)
    {
        for (const LogLine& line : lines) write(line.child, line.text, Colour::None);
    }

    void write(int child, const std::string& text, Colour colour)
    {
        std::string prefix = _prefixes[child];
        prefix.resize(_width, ' ');
        _output.line(_output.paint(colourOfId(child), prefix + " |") + " " + _output.paint(colour, text));
    }

private:
    Output& _output;
    std::map<int, std::string> _prefixes;
    std::size_t _width = 0;
};

void addLines(LogMerge& merge, int child, const std::string& text)
{
    for (std::size_t begin = 0; begin < text.size();)
    {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        merge.add(child, printable(std::string_view(text).substr(begin, end - begin)), Clock::now());
        begin = end + 1;
    }
}

void show(Session& session, const std::vector<ChildRow>& children, unsigned lines)
{
    Writer writer(session.output());
    LogMerge merge;
    std::vector<Failure> missing;  // of those that have no file of a log
    for (const ChildRow& child : children)
    {
        writer.know(child);
        try
        {
            addLines(merge, child.id,
                     session.client().get("/children/" + std::to_string(child.id) +
                                          "/log?tail=" + std::to_string(lines)));
        }
        catch (const Failure& failure)
        {
            if (failure.code() != ExitCode::Refused) throw;
            missing.push_back(failure);
        }
    }
    if (!missing.empty() && missing.size() == children.size()) throw missing.front();
    writer.write(merge.takeAll());
}

/// Those there are now: others may have been started. That a host is away is the streams' business.
std::vector<ChildRow> startedSince(Session& session, const Chosen& chosen)
{
    try
    {
        return chosen.of(statusOf(session.client().getJson("/")));
    }
    catch (const Failure&)
    {
        return {};
    }
}

/// Until it is interrupted, or nobody reads it any more.
[[noreturn]] void follow(Session& session, const Chosen& chosen, std::vector<ChildRow> children,
                         unsigned lines)
{
    Writer writer(session.output());
    LogMerge merge;
    LogStreams streams(session.client());
    std::set<int> followed;
    TimePoint nextLook = Clock::now() + kLookForChildren;
    for (;;)
    {
        for (const ChildRow& child : children)
        {
            if (!followed.insert(child.id).second) continue;
            if (followed.size() > LogStreams::kMost)
                throw refused("more than " + std::to_string(LogStreams::kMost) +
                              " children cannot be followed at once: name some, or a group");
            writer.know(child);
            streams.add(child.id, lines);
        }
        children.clear();
        if (const auto line = streams.next(kPatience))
        {
            if (line->isRemark)
                writer.write(line->child, line->text, Colour::Dim);
            else
                merge.add(line->child, line->text, Clock::now());
        }
        writer.write(merge.take(Clock::now()));
        if (Clock::now() < nextLook) continue;
        nextLook = Clock::now() + kLookForChildren;
        children = startedSince(session, chosen);
    }
}

}  // namespace

int commands::logs(Session& session)
{
    const auto lines = static_cast<unsigned>(session.asked().number("lines", kLines, 0, kMostLines));
    const Chosen chosen(session.asked().arguments());
    const HostStatus status = statusOf(session.client().getJson("/"));
    chosen.check(status);
    if (session.asked().has("follow")) follow(session, chosen, chosen.of(status), lines);
    show(session, chosen.of(status), lines);
    return 0;
}

}  // namespace clustermanager::cmctl
