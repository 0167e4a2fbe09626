#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

/// What a child says of the plugin's own metrics; two of the messages of Messages.h.
namespace clustermanager::link {

enum class MetricKind : std::uint8_t
{
    Counter,
    Gauge,
    Histogram,
    kLast = Histogram
};

/// A series of the plugin's own metrics, before anything is reported of it. What may stand in it says
/// link/MetricRules.h.
struct MetricDefined
{
    std::uint16_t series = 0;  // what this process calls it: 0, 1, ...
    MetricKind kind = MetricKind::Counter;
    std::string name;
    std::string help;
    std::vector<std::pair<std::string, std::string>> labels;  // in order of their names
    std::vector<double> bounds;                               // of a histogram's buckets but the last
    template <class IO>
    void fields(IO& io)
    {
        io(series);
        io(kind);
        io(name);
        io(help);
        io(labels);
        io(bounds);
    }
};

struct MetricSample
{
    std::uint16_t series = 0;
    double value = 0;         // what a counter, or the sum of a histogram, has grown by; what a gauge is now
    std::uint8_t counts = 0;  // so many of the report's counts are its own
    template <class IO>
    void fields(IO& io)
    {
        io(series);
        io(value);
        io(counts);
    }
};

/// What has changed of some series since it was last reported: at most kMetricSamplesMax. Never a total, so
/// that nothing a child says takes anything back.
struct MetricReport
{
    std::vector<MetricSample> samples;
    std::vector<std::uint64_t> counts;  // observations in the buckets of the histograms, in order
    template <class IO>
    void fields(IO& io)
    {
        io(samples);
        io(counts);
    }
};

}  // namespace clustermanager::link
