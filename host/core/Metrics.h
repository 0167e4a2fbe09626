#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/Types.h"

namespace clustermanager::core {

/// What the control port sees of the metrics: all of them as text, and where it tells of its own.
class Metrics
{
public:
    Metrics() = default;
    Metrics(const Metrics&) = delete;
    Metrics& operator=(const Metrics&) = delete;
    virtual ~Metrics() = default;

    // Any thread, and none of them waits for the master's loop.

    /// In Prometheus' text format, in two parts. Those who ask for the same picture share the second.
    struct Text
    {
        std::string counted;
        std::shared_ptr<const std::string> pictured;
    };
    virtual Text text() const = 0;

    /// A request was answered. `route` is a pattern of the table and never what a client has sent.
    virtual void answered(std::string_view route, std::string_view method, int status,
                          Clock::duration took) = 0;
    /// A request was refused before it was looked at: malformed, forbidden, late, one too many.
    virtual void refused(int status) = 0;
    /// So many requests more (negative: fewer) wait for an answer.
    virtual void requestsWait(int change) = 0;
    /// So many event streams more (negative: fewer) are open.
    virtual void streamsOpen(int change) = 0;
};

}  // namespace clustermanager::core
