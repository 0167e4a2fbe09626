#include "history/History.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <Poco/Exception.h>

#include <cerrno>
#include <utility>

#include "base/EnoughMemory.h"
#include "base/SysError.h"
#include "base/ThreadStart.h"
#include "history/Rows.h"

namespace clustermanager::history {

namespace {

/// Between two prunings, and after how many rows one is due anyway.
constexpr Millis kPruneInterval{3'600'000};
constexpr std::size_t kPruneRows = 1'000;

}  // namespace

History::History(Options options, core::OccurrenceSource& occurrences)
    : _options(std::move(options)), _occurrences(occurrences), _wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))
{
    if (!_wake) throw Poco::SystemException(SysError{"eventfd", "", errno}.text());
}

History::~History()
{
    stop();
}

void History::start()
{
    {
        const std::lock_guard<std::mutex> lock(_mutex);
        _stopping = false;
    }
    _occurrences.addReader(_wake.get());
    Result<std::thread> started = startThread([this] { run(); });
    if (started)
    {
        _thread = std::move(started.value());
        return;
    }
    _occurrences.removeReader(_wake.get());
    const std::string why = started.error().text();
    _options.warn("history: " + why + "; what happens is not written to '" + _options.path + "'");
    const std::lock_guard<std::mutex> lock(_mutex);
    _stopping = true;
    _whyStopped = why;
}

void History::stop()
{
    if (!_thread.joinable()) return;
    {
        const std::lock_guard<std::mutex> lock(_mutex);
        _stopping = true;
        _whyStopped = "the host stops";
    }
    wake();
    _thread.join();
    _occurrences.removeReader(_wake.get());
}

core::HistoryAnswer History::ask(const core::HistoryFilter& filter, Millis patience)
{
    std::future<core::HistoryAnswer> answer;
    {
        const std::lock_guard<std::mutex> lock(_mutex);
        if (_stopping) return {{}, _whyStopped};
        if (_questions.size() >= kQuestionsMax) return {{}, "too many ask at once"};
        _questions.push_back({filter, {}});
        answer = _questions.back().answer.get_future();
    }
    wake();
    if (answer.wait_for(patience) != std::future_status::ready) return {{}, "the disk does not answer"};
    return answer.get();
}

void History::run()
{
    for (bool last = false; !last;)
    {
        if (wait(_process ? _options.idle : kPruneInterval))
            letSettle();
        else
            _process.reset();
        {
            const std::lock_guard<std::mutex> lock(_mutex);
            last = _stopping;
        }
        catchUp();
    }
    _process.reset();
}

void History::catchUp()
{
    try
    {
        write();
        answerQuestions();
    }
    catch (const std::exception& problem)  // no memory, and there may be none to say so
    {
        (void)enoughMemoryFor([&] { failed(problem.what()); });
    }
}

/// Until something has happened, or somebody asks. False: nothing of that.
bool History::wait(Millis most) const
{
    pollfd watched = {_wake.get(), POLLIN, 0};
    const bool woken = ::poll(&watched, 1, static_cast<int>(most.count())) > 0;
    std::uint64_t ignored = 0;
    (void)!::read(_wake.get(), &ignored, sizeof ignored);
    return woken;
}

/// To start the process and to write takes CPU, which a reload or a restart that is being told of has better
/// use for.
void History::letSettle()
{
    constexpr Millis kLookEvery{20};
    const TimePoint until = Clock::now() + _options.settle;
    std::unique_lock<std::mutex> lock(_mutex);
    while (!_stopping && _questions.empty() && Clock::now() < until &&
           _occurrences.last() - _seen < kBacklogMax)
        (void)_urgent.wait_for(lock, kLookEvery);
}

void History::write()
{
    for (;;)
    {
        const core::Occurrences news = _occurrences.after(_seen, kBatch);
        if (news.empty()) break;
        std::vector<link::HistoryRow> kept;
        for (const auto& occurrence : news)
            if (isKept(*occurrence)) kept.push_back(rowOf(*occurrence));
        if (!kept.empty() && !guarded([&](HistoryProcess& process) { process.append(kept); })) return;
        _seen = news.back()->number;
        _sincePruned += kept.size();
    }
    if (_sincePruned < kPruneRows && Clock::now() < _pruneAt) return;
    (void)guarded([](HistoryProcess& process) { process.prune(std::chrono::system_clock::now()); });
    _sincePruned = 0;
    _pruneAt = Clock::now() + kPruneInterval;
}

void History::answerQuestions()
{
    for (;;)
    {
        std::optional<Question> question;
        {
            const std::lock_guard<std::mutex> lock(_mutex);
            if (_questions.empty()) return;
            question = std::move(_questions.front());
            _questions.pop_front();
        }
        write();  // what had happened when it was asked, and since the last time
        question->answer.set_value(answer(question->filter));
    }
}

core::HistoryAnswer History::answer(const core::HistoryFilter& filter)
{
    core::HistoryAnswer answer;
    (void)guarded([&](HistoryProcess& process) { answer.rows = process.find(filter); });
    answer.problem = _problem;
    return answer;
}

/// Takes what is thrown for a failure, after which it is not tried for a while. Whether it was done.
bool History::guarded(const std::function<void(HistoryProcess&)>& use)
{
    if (_nextTry && Clock::now() < *_nextTry) return false;
    try
    {
        attempt(use);
        if (std::exchange(_nextTry, std::nullopt)) _options.inform("history: works again");
        _problem.clear();
        return true;
    }
    catch (const std::exception& problem)
    {
        failed(problem.what());
        return false;
    }
}

/// A process that somebody has ended says nothing of the disk: there is another one at once.
void History::attempt(const std::function<void(HistoryProcess&)>& use)
{
    const bool hadOne = _process.has_value();
    try
    {
        if (!_process) _process.emplace(_program, _options.path, _options.limits);
        return use(*_process);
    }
    catch (const HistoryError&)
    {
        if (!hadOne || !_process->hasEnded()) throw;
    }
    _options.inform("history: its process had ended, and is started again");
    _process.reset();
    _process.emplace(_program, _options.path, _options.limits);
    use(*_process);
}

void History::failed(const std::string& why)
{
    _process.reset();
    _problem = why;
    if (!_nextTry)
        _options.warn("history: " + why + "; what happens is not written to '" + _options.path +
                      "' until that is mended (history = off does without)");
    _nextTry = Clock::now() + _options.retry;
}

void History::wake()
{
    _urgent.notify_one();
    const std::uint64_t one = 1;
    (void)!::write(_wake.get(), &one, sizeof one);
}

}  // namespace clustermanager::history
