#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <future>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/FileDescriptor.h"
#include "core/Ports.h"
#include "history/HistoryProcess.h"

namespace clustermanager::history {

/// Has what happens written to the disk, and answers questions about the past, on one thread of its own: a
/// slow or broken disk costs the history, and nothing else. What cannot be written is written when that
/// works again, as far as the journal still knows it; that is told once, and so is that it works again. The
/// database is open in a process of its own, which is there while there is something to do: at rest a host
/// holds no memory for it.
///
/// Threading: one thread constructs, starts, stops and destroys it; ask() from any.
class History : public core::HistorySource
{
public:
    struct Options
    {
        std::string path;
        Limits limits;
        std::function<void(const std::string&)> warn;    // of its thread
        std::function<void(const std::string&)> inform;  // of its thread
        Millis retry{60'000};                            // after a failure
        Millis idle{500};                                // after which the process is let go
        Millis settle{200};  // so long what has happened may go on before it is written, unless somebody asks
    };

    /// `occurrences` outlives this. Throws Poco::SystemException where the kernel has no descriptor left.
    History(Options options, core::OccurrenceSource& occurrences);
    ~History() override;
    History(const History&) = delete;
    History& operator=(const History&) = delete;

    /// From the oldest occurrence that is known and not written yet. Where there is no thread to be had it
    /// warns.
    void start();
    /// Writes what has happened so far, and closes the file. Idempotent.
    void stop();

    core::HistoryAnswer ask(const core::HistoryFilter& filter, Millis patience) override;

private:
    struct Question
    {
        core::HistoryFilter filter;
        std::promise<core::HistoryAnswer> answer;
    };
    static constexpr std::size_t kQuestionsMax = 16;
    static constexpr std::size_t kBatch = 256;
    static constexpr std::uint64_t kBacklogMax = 1'024;  // the journal forgets what is much older

    void run();
    bool wait(Millis most) const;
    void letSettle();
    void catchUp();
    void write();
    void answerQuestions();
    core::HistoryAnswer answer(const core::HistoryFilter& filter);
    bool guarded(const std::function<void(HistoryProcess&)>& use);
    void attempt(const std::function<void(HistoryProcess&)>& use);
    void failed(const std::string& why);
    void wake();

    Options _options;
    core::OccurrenceSource& _occurrences;
    FileDescriptor _wake;
    std::thread _thread;

    std::mutex _mutex;
    std::condition_variable _urgent;             // somebody asks, or it is to stop
    std::deque<Question> _questions;             // guarded by _mutex
    bool _stopping = true;                       // guarded by _mutex
    std::string _whyStopped = "the host stops";  // guarded by _mutex

    // Of its thread.
    HistoryProgram _program;
    std::optional<HistoryProcess> _process;
    std::uint64_t _seen = 0;       // the number of the last occurrence that is written, or is not to be
    std::size_t _sincePruned = 0;  // rows
    TimePoint _pruneAt{};
    std::optional<TimePoint> _nextTry;  // set while it is broken
    std::string _problem;
};

}  // namespace clustermanager::history
