#pragma once

#include <limits>
#include <string>

#include "link/MetricRules.h"

namespace clustermanager::link {

inline ChildExited exitSample()
{
    return {StartNumber{0x1122334455667788},
            -5,
            ChildExited::Kind::Signaled,
            11,
            true,
            1,
            2,
            std::numeric_limits<std::uint64_t>::max(),
            StartNumber{12}};
}

inline GenerationPlan planSample()
{
    GenerationPlan plan;
    plan.group = "hello";
    plan.generation = 3;
    plan.pluginPath = "plugins/hello.so";
    plan.preload = false;
    plan.spares = 2;
    plan.drainDelayMs = 5;
    plan.watchdogMs = 30'000;
    plan.maxRequests = 1'000'000'000'000;
    plan.logFormat = LogFormat::Json;
    plan.logFolder = "log";
    plan.logRotateBytes = 1'000'000'000'000;
    plan.settings = {{"a", "1"}, {"b\n", std::string("\0x", 2)}};
    plan.listeners = {{"http"}, {"https"}};
    return plan;
}

inline Crashed crashSample()
{
    Crashed crashed;
    crashed.signal = 11;
    crashed.code = -6;
    crashed.sender = 4711;
    crashed.address = 0xffff'ffff'ffff'fff0;
    crashed.thread = 4712;
    crashed.threadName = "worker";
    crashed.modules = {{"/proc/self/fd/9", std::string("\0\xff", 2), 0x7000'0000'0000}, {"", "", 0}};
    crashed.frames = {{0, true, CrashFrame::kNoModule}, {0x7000'0000'1234, false, 0}};
    crashed.log = "first\nlast\n";
    return crashed;
}

/// As large as it may become.
inline ChildrenSeen childrenSample()
{
    ChildrenSeen seen;
    seen.anew = seen.more = true;
    for (std::uint32_t i = 1; i <= kChildRowsMax; ++i)
        seen.rows.push_back({ChildId{i}, i % 2 == 0, i, -1, 7, 3, true, "starting"});
    return seen;
}

inline MetricDefined metricSample()
{
    return {7,
            MetricKind::Histogram,
            "took_seconds",
            "How long.",
            {{"kind", "big"}, {"path", "/"}},
            {-0.5, 1, 1e300}};
}

/// As large as it may become.
inline MetricReport reportSample()
{
    MetricReport report;
    constexpr std::uint8_t kCounts = kMetricBoundsMax + 1;
    for (std::uint16_t i = 0; i < kMetricSamplesMax; ++i) report.samples.push_back({i, 0.1 * i, kCounts});
    report.counts.assign(kMetricSamplesMax * kCounts, std::numeric_limits<std::uint64_t>::max());
    return report;
}

/// Calls `use(message)` with at least one of every message of every direction.
template <class Use>
void forEverySample(Use use)
{
    for (const ToSpawner& message :
         {ToSpawner{Open{3}}, ToSpawner{Listeners{}},
          ToSpawner{SpawnOrder{StartNumber{9}, ChildId{2}, 1, 7, 4}},
          ToSpawner{SuccessorOrder{StartNumber{3}, {StartNumber{4}, ChildId{5}, 6, 7, 1}}},
          ToSpawner{SignalOrder{StartNumber{9}, 15, true}}, ToSpawner{Close{}}})
        use(message);
    for (const FromSpawner& message :
         {FromSpawner{Loaded{true}}, FromSpawner{LoadFailed{LoadFailed::Kind::StartedThread, "why"}},
          FromSpawner{SpawnDone{StartNumber{9}, 4711}}, FromSpawner{SpawnError{StartNumber{9}, 11}},
          FromSpawner{exitSample()}})
        use(message);
    for (const ToChild& message :
         {ToChild{SetLogLevel{1, 5, "http"}}, ToChild{ReopenLogs{2}}, ToChild{AskExit{}},
          ToChild{PluginMessage{-1, std::string("\0\xff", 2)}}, ToChild{childrenSample()}})
        use(message);
    for (const FromChild& message :
         {FromChild{Hello{StartNumber{9}, 4711}}, FromChild{Ready{}},
          FromChild{Status{1, 2, 3, true, "{}", 4, 5, 6}}, FromChild{Heartbeat{}},
          FromChild{PluginMessage{2, ""}}, FromChild{LogLevelSet{7}}, FromChild{LogsReopened{8}},
          FromChild{RecycleMe{"it asked for it"}}, FromChild{Farewell{"run_child threw"}},
          FromChild{crashSample()}, FromChild{metricSample()}, FromChild{reportSample()}})
        use(message);
}

}  // namespace clustermanager::link
