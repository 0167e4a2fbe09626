#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cmctl/HostStatus.h"

namespace clustermanager::cmctl {

/// What a live list can be sorted by: the names are those of --sort, the keys those of the screen.
enum class TopColumn : std::uint8_t
{
    Id,
    Cpu,
    Memory,
    Restarts,
    Uptime,
    Requests
};

struct TopColumnRow
{
    TopColumn column;
    const char* name;
    char key;
};
extern const std::vector<TopColumnRow> kTopColumns;

std::optional<TopColumn> topColumnByName(const std::string& name);
std::optional<TopColumn> topColumnByKey(int key);

struct TopRow
{
    ChildRow child;
    std::optional<double> cpuPercent;         // nothing before its second report
    std::optional<double> requestsPerSecond;  // likewise
};

/// The list that `cmctl top` shows: rates from one report of a child to its next, an order, and a selection
/// that stays on its child while others move around it.
class TopModel
{
public:
    void update(const HostStatus& status);
    void sortBy(TopColumn column);
    void select(int step);

    const std::vector<TopRow>& rows() const { return _rows; }
    /// 0 where there is no row.
    std::size_t selected() const;
    TopColumn column() const { return _column; }

private:
    struct Report
    {
        std::string at;
        double atSeconds = 0;
        std::int64_t pid = 0;
        std::int64_t cpuMs = 0;
        std::int64_t requests = 0;
    };
    struct Rates
    {
        std::optional<double> cpuPercent;
        std::optional<double> requestsPerSecond;
    };
    struct Seen
    {
        Report report;
        Rates rates;
    };

    Rates ratesOf(const ChildRow& child, std::map<int, Seen>& seen) const;
    void sort();

    std::vector<TopRow> _rows;
    std::map<int, Seen> _seen;  // by child: what it reported last
    TopColumn _column = TopColumn::Id;
    int _selectedId = 0;
};

/// Seconds since 1970 of "2026-01-31T12:00:00.123456Z"; nothing where it is no such time.
std::optional<double> secondsOf(const std::string& time);

}  // namespace clustermanager::cmctl
