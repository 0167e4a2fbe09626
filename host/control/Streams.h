#pragma once

#include <memory>
#include <optional>
#include <string>

#include "control/EventFeed.h"
#include "control/EventTexts.h"
#include "control/LogFeed.h"
#include "control/StreamLoop.h"
#include "core/Ports.h"

namespace clustermanager::control {

/// The answers that go on: one thread for events, and one for logs, since reading a file may wait for a disk.
///
/// Threading: one thread makes, starts and stops it; any thread asks for continuations, and uses them.
class Streams
{
public:
    explicit Streams(core::OccurrenceSource& occurrences, StreamLoop::Settings settings = {});
    ~Streams();
    Streams(const Streams&) = delete;
    Streams& operator=(const Streams&) = delete;

    /// Idempotent.
    void start();
    /// Ends all, with these words as the last. Idempotent.
    void stop(const std::string& words);

    /// What sends these. The seat is held until it has ended. REQUIRES: it is started.
    Continuation events(std::string head, EventFeed::Start start, EventFilter filter,
                        std::shared_ptr<const void> seat);
    Continuation log(LogFeed::Wish wish, std::shared_ptr<const void> seat);

private:
    static constexpr Millis kLogLook{250};
    static constexpr Millis kLogPatience{1'000};

    StreamLoop::Settings logSettings() const;

    core::OccurrenceSource& _occurrences;
    StreamLoop::Settings _settings;
    EventTexts* _texts = nullptr;  // the event loop's
    std::unique_ptr<StreamLoop> _events;
    std::unique_ptr<StreamLoop> _logs;
};

}  // namespace clustermanager::control
