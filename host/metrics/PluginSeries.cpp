#include "metrics/PluginSeries.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string_view>

#include "metrics/Labelled.h"

namespace clustermanager::metrics {
namespace {

using link::MetricKind;

/// As far as a double counts without a gap.
constexpr std::uint64_t kCountMax = std::uint64_t{1} << 53;

constexpr std::array<std::string_view, 3> kOfHistograms{"_bucket", "_sum", "_count"};

bool endsWith(const std::string& text, std::string_view end)
{
    return text.size() > end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

const char* word(MetricKind kind)
{
    switch (kind)
    {
    case MetricKind::Counter: return "counter";
    case MetricKind::Gauge: return "gauge";
    case MetricKind::Histogram: break;
    }
    return "histogram";
}

prometheus::MetricType typeOf(MetricKind kind)
{
    switch (kind)
    {
    case MetricKind::Counter: return prometheus::MetricType::Counter;
    case MetricKind::Gauge: return prometheus::MetricType::Gauge;
    case MetricKind::Histogram: break;
    }
    return prometheus::MetricType::Histogram;
}

}  // namespace

// --- what processes name ---

std::string PluginSeries::define(const std::string& group, StartNumber start,
                                 const link::MetricDefined& metric)
{
    if (metric.series >= link::kMetricSeriesMax) return link::problemOf(metric);
    std::vector<Named>& names = _processes[start];
    if (metric.series < names.size()) return "it has named one twice";
    names.resize(metric.series + std::size_t{1});
    if (std::string problem = whyNot(group, metric); !problem.empty()) return problem;

    Series* series = nullptr;
    const Key key{group, metric.labels};
    if (const auto family = _families.find(metric.name); family != _families.end())
    {
        const auto known = family->second.series.find(key);
        const bool same = family->second.kind == metric.kind;
        if (known != family->second.series.end() && same && known->second.bounds == metric.bounds)
            series = &known->second;
        else if (!same)  // all of it is the group's own
            for (auto all = family; all != _families.end() && all->first == metric.name;)
                all = erase(all, all->second.series.begin()->first);
        else if (known != family->second.series.end())
            erase(family, key);
    }
    if (series == nullptr && !makeRoom(group))
        return "its group has " + std::to_string(link::kMetricSeriesMax) + " series already";
    if (series == nullptr) series = &seriesOf(group, metric);
    series->users[start] = {metric.series, std::nullopt};
    names[metric.series] = {metric.kind, series};
    return "";
}

std::string PluginSeries::whyNot(const std::string& group, const link::MetricDefined& metric) const
{
    if (std::string problem = link::problemOf(metric); !problem.empty()) return problem;
    const auto known = _families.find(metric.name);
    if (known != _families.end() && known->second.kind != metric.kind)
        for (const auto& [key, series] : known->second.series)
            if (key.first != group)
                return metric.name + " is a " + word(known->second.kind) + " of group " + key.first +
                       " already, and no " + word(metric.kind);
    for (const std::string_view end : kOfHistograms)
    {
        const std::string longer = metric.name + std::string(end);
        if (metric.kind == MetricKind::Histogram && _families.count(longer) != 0)
            return metric.name + " would need the name " + longer + ", which is there already";
        if (!endsWith(metric.name, end)) continue;
        const auto histogram = _families.find(metric.name.substr(0, metric.name.size() - end.size()));
        if (histogram != _families.end() && histogram->second.kind == MetricKind::Histogram)
            return metric.name + " is a name of histogram " + histogram->first;
    }
    return "";
}

/// For one more series of the group. False: there is none.
bool PluginSeries::makeRoom(const std::string& group)
{
    if (_counts[group] < link::kMetricSeriesMax) return true;
    for (auto family = _families.begin(); family != _families.end(); ++family)
        for (const auto& [key, series] : family->second.series)
            if (key.first == group && series.users.empty())
            {
                erase(family, Key(key));
                return true;
            }
    return false;
}

PluginSeries::Series& PluginSeries::seriesOf(const std::string& group, const link::MetricDefined& metric)
{
    Family& family = _families.try_emplace(metric.name, Family{metric.kind, metric.help, {}}).first->second;
    Series& series = family.series[Key{group, metric.labels}];
    series.bounds = metric.bounds;
    if (metric.kind == MetricKind::Histogram) series.counts.resize(metric.bounds.size() + 1);
    ++_counts[group];
    return series;
}

/// The family after it, or the same where it has others.
PluginSeries::Families::iterator PluginSeries::erase(Families::iterator family, const Key& key)
{
    const auto found = family->second.series.find(key);
    leave(found->second);
    --_counts[found->first.first];
    family->second.series.erase(found);
    return family->second.series.empty() ? _families.erase(family) : family;
}

/// Those who have it have it no more.
void PluginSeries::leave(const Series& series)
{
    for (const auto& [start, user] : series.users) _processes.at(start)[user.number].series = nullptr;
}

// --- what they report ---

std::string PluginSeries::report(StartNumber start, const link::MetricReport& report)
{
    if (report.samples.size() > link::kMetricSamplesMax) return "a report is too long";
    const auto process = _processes.find(start);
    const std::size_t named = process == _processes.end() ? 0 : process->second.size();
    // All is looked at before anything is taken.
    std::size_t counts = 0;
    for (const link::MetricSample& sample : report.samples)
    {
        if (sample.series >= named) return "a report is of a series that was not named";
        if (report.counts.size() - counts < sample.counts) return "a report lacks some of its counts";
        const Named& target = process->second[sample.series];
        if (std::string problem = problemOf(target, sample, report.counts.data() + counts); !problem.empty())
            return problem;
        counts += sample.counts;
    }
    if (counts != report.counts.size()) return "a report has counts of no series";

    const std::uint64_t* next = report.counts.data();
    for (const link::MetricSample& sample : report.samples)
    {
        const Named& target = process->second[sample.series];
        const std::uint64_t* own = next;
        next += sample.counts;
        if (target.series == nullptr) continue;
        if (target.kind == MetricKind::Gauge)
            target.series->users.at(start).gauge = sample.value;
        else
            target.series->value += sample.value;
        for (std::uint64_t& count : target.series->counts) count = std::min(count + *own++, kCountMax);
    }
    return "";
}

std::string PluginSeries::problemOf(const Named& named, const link::MetricSample& sample,
                                    const std::uint64_t* counts)
{
    if (named.series == nullptr) return "";  // it was told already why it is not taken
    if (sample.counts != named.series->counts.size()) return "a report does not fit its series";
    const double sum = named.kind == MetricKind::Gauge ? sample.value : named.series->value + sample.value;
    if (!std::isfinite(sample.value) || !std::isfinite(sum)) return "a value is no number";
    if (named.kind == MetricKind::Counter && sample.value < 0) return "a counter only grows";
    if (std::any_of(counts, counts + sample.counts, [](std::uint64_t count) { return count > kCountMax; }))
        return "a count is too large";
    return "";
}

void PluginSeries::ended(StartNumber start)
{
    const auto process = _processes.find(start);
    if (process == _processes.end()) return;
    for (const Named& named : process->second)
        if (named.series != nullptr) named.series->users.erase(start);
    _processes.erase(process);
}

void PluginSeries::forget(const std::string& group)
{
    for (auto family = _families.begin(); family != _families.end();)
    {
        const auto& all = family->second.series;
        const auto own = std::find_if(all.begin(), all.end(),
                                      [&](const auto& series) { return series.first.first == group; });
        family = own == all.end() ? std::next(family) : erase(family, Key(own->first));
    }
    _counts.erase(group);
}

// --- what is shown ---

bool PluginSeries::appendNext(std::vector<prometheus::MetricFamily>& families, Place& place) const
{
    auto family = _families.lower_bound(place.family);
    if (family == _families.end()) return false;
    const bool begun = place.series && family->first == place.family;
    const auto& all = family->second.series;
    auto next = begun ? all.upper_bound(*place.series) : all.begin();
    if (next == all.end())
    {
        if (++family == _families.end()) return false;
        next = family->second.series.begin();
    }
    place = {family->first, next->first};

    const MetricKind kind = family->second.kind;
    if (families.empty() || families.back().name != family->first)
        families.push_back({family->first, family->second.help, typeOf(kind), {}});
    if (families.back().type != typeOf(kind)) return true;  // it has become another one meanwhile
    if (auto metric = metricOf(kind, next->first, next->second))
        families.back().metric.push_back(*std::move(metric));
    return true;
}

/// None of a gauge that nobody has said.
std::optional<prometheus::ClientMetric> PluginSeries::metricOf(MetricKind kind, const Key& key,
                                                               const Series& series)
{
    prometheus::ClientMetric metric;
    metric.label.push_back({"group", key.first});
    for (const auto& [label, value] : key.second) metric.label.push_back({label, value});
    bool said = kind != MetricKind::Gauge;
    for (const auto& [start, user] : series.users)
    {
        said = said || user.gauge;
        metric.gauge.value += user.gauge.value_or(0);
    }
    if (!said) return std::nullopt;
    metric.counter.value = metric.histogram.sample_sum = series.value;
    for (std::size_t i = 0; i < series.counts.size(); ++i)
    {
        metric.histogram.sample_count += series.counts[i];
        metric.histogram.bucket.push_back(
            {metric.histogram.sample_count,
             i < series.bounds.size() ? series.bounds[i] : std::numeric_limits<double>::infinity()});
    }
    return metric;
}

// --- another image ---

PluginSeries::State PluginSeries::state() const
{
    State all;
    for (const auto& [name, family] : _families)
        for (const auto& [key, series] : family.series)
        {
            SavedSeries saved{key.first,
                              {0, family.kind, name, family.help, key.second, series.bounds},
                              series.value,
                              series.counts,
                              {}};
            for (const auto& [start, user] : series.users)
                saved.users.push_back({start, {user.number, user.gauge}});
            all.push_back(std::move(saved));
        }
    return all;
}

/// What a process had named and is refused is forgotten: it reports of it for nothing, and is told so once.
void PluginSeries::resume(const State& state)
{
    for (const SavedSeries& saved : state)
    {
        Series& series = seriesOf(saved.group, saved.metric);
        series.value = saved.value;
        series.counts = saved.counts;
        for (const auto& [start, user] : saved.users)
        {
            series.users[start] = {user.first, user.second};
            std::vector<Named>& names = _processes[start];
            names.resize(std::max<std::size_t>(names.size(), user.first + std::size_t{1}));
            names[user.first] = {saved.metric.kind, &series};
        }
    }
}

}  // namespace clustermanager::metrics
