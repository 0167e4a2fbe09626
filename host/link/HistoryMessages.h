#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/Types.h"

/// What the master and the process that keeps the history (host/historian) say to each other: a request, and
/// its answer before the next one. Both are of one version, which is compared when the process is started.
namespace clustermanager::link {

struct HistoryRow
{
    WallTime at;
    std::string kind;
    std::string group;
    ChildId child{};  // 0: none
    std::string json;

    template <class IO>
    void fields(IO& io)
    {
        io(at);
        io(kind);
        io(group);
        io(child);
        io(json);
    }
};

/// All of them or none.
struct HistoryAppend
{
    std::vector<HistoryRow> rows;

    template <class IO>
    void fields(IO& io)
    {
        io(rows);
    }
};

/// Takes away what is beyond the limits.
struct HistoryPrune
{
    WallTime now;

    template <class IO>
    void fields(IO& io)
    {
        io(now);
    }
};

struct HistoryFind
{
    std::optional<WallTime> since;  // at it or later
    std::optional<WallTime> until;  // before it
    std::string group;              // "": any
    std::optional<ChildId> child;
    std::vector<std::string> kinds;  // none: any
    std::uint32_t limit = 100;       // the newest of them

    template <class IO>
    void fields(IO& io)
    {
        io(since);
        io(until);
        io(group);
        io(child);
        io(kinds);
        io(limit);
    }
};

using HistoryRequest = std::variant<HistoryAppend, HistoryPrune, HistoryFind>;

struct HistoryReply
{
    std::vector<std::string> rows;  // of HistoryFind: the json of each, the oldest first
    std::string problem;            // "": it is done

    template <class IO>
    void fields(IO& io)
    {
        io(rows);
        io(problem);
    }
};

}  // namespace clustermanager::link
