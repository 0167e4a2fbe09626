#include "cmctl/TopModel.h"

#include <algorithm>
#include <ctime>

namespace clustermanager::cmctl {

const std::vector<TopColumnRow> kTopColumns{
    {TopColumn::Id, "id", 'i'},         {TopColumn::Cpu, "cpu", 'c'},
    {TopColumn::Memory, "memory", 'm'}, {TopColumn::Restarts, "restarts", 'r'},
    {TopColumn::Uptime, "uptime", 'u'}, {TopColumn::Requests, "requests", 's'},
};

namespace {

/// The larger, the earlier in the list.
double weight(const TopRow& row, TopColumn column)
{
    switch (column)
    {
    case TopColumn::Id: return -row.child.id;
    case TopColumn::Cpu: return row.cpuPercent.value_or(-1);
    case TopColumn::Memory: return static_cast<double>(row.child.rssKiB.value_or(-1));
    case TopColumn::Restarts: return static_cast<double>(row.child.restarts);
    case TopColumn::Uptime: return static_cast<double>(row.child.uptimeMs.value_or(-1));
    case TopColumn::Requests: return row.requestsPerSecond.value_or(-1);
    }
    return 0;
}

}  // namespace

std::optional<TopColumn> topColumnByName(const std::string& name)
{
    for (const TopColumnRow& row : kTopColumns)
        if (row.name == name) return row.column;
    return std::nullopt;
}

std::optional<TopColumn> topColumnByKey(int key)
{
    for (const TopColumnRow& row : kTopColumns)
        if (row.key == key) return row.column;
    return std::nullopt;
}

std::optional<double> secondsOf(const std::string& time)
{
    std::tm parts{};
    const char* rest = ::strptime(time.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
    if (rest == nullptr) return std::nullopt;
    const double fraction = *rest == '.' ? std::strtod(rest, nullptr) : 0;
    return static_cast<double>(::timegm(&parts)) + fraction;
}

/// A report that was seen already leaves the rates as they are: children report less often than we ask.
TopModel::Rates TopModel::ratesOf(const ChildRow& child, std::map<int, Seen>& seen) const
{
    const auto at = secondsOf(child.reportedAt);
    if (!at || !child.cpuMs || !child.requests) return {};
    const Report now{child.reportedAt, *at, child.pid, *child.cpuMs, *child.requests};
    Seen next{now, {}};
    const auto before = _seen.find(child.id);
    if (before != _seen.end() && before->second.report.pid == now.pid)
    {
        const Report& last = before->second.report;
        const double seconds = now.atSeconds - last.atSeconds;
        next.rates = before->second.rates;
        if (now.at != last.at && seconds > 0)
            next.rates = {static_cast<double>(now.cpuMs - last.cpuMs) / seconds / 10.0,
                          static_cast<double>(now.requests - last.requests) / seconds};
    }
    return seen.emplace(child.id, next).first->second.rates;
}

void TopModel::update(const HostStatus& status)
{
    std::map<int, Seen> seen;
    _rows.clear();
    for (const ChildRow& child : status.children)
    {
        const Rates rates = ratesOf(child, seen);
        _rows.push_back({child, rates.cpuPercent, rates.requestsPerSecond});
    }
    _seen = std::move(seen);
    sort();
    if (_selectedId == 0) select(0);
}

void TopModel::sortBy(TopColumn column)
{
    _column = column;
    sort();
}

void TopModel::sort()
{
    const auto before = [this](const TopRow& a, const TopRow& b) {
        const double left = weight(a, _column);
        const double right = weight(b, _column);
        return left != right ? left > right : a.child.id < b.child.id;
    };
    std::sort(_rows.begin(), _rows.end(), before);
}

std::size_t TopModel::selected() const
{
    for (std::size_t i = 0; i < _rows.size(); ++i)
        if (_rows[i].child.id == _selectedId) return i;
    return 0;
}

void TopModel::select(int step)
{
    if (_rows.empty()) return;
    const auto last = static_cast<std::ptrdiff_t>(_rows.size()) - 1;
    const auto wanted = static_cast<std::ptrdiff_t>(selected()) + step;
    _selectedId = _rows[static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(wanted, 0, last))].child.id;
}

}  // namespace clustermanager::cmctl
