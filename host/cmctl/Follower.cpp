#include "cmctl/Follower.h"

#include <Poco/Exception.h>

#include <algorithm>

#include "base/PrintableText.h"
#include "base/SysError.h"
#include "cmctl/Exchange.h"
#include "cmctl/Failure.h"

namespace clustermanager::cmctl {

namespace {

constexpr Millis kShortestPause{100};
constexpr std::size_t kLongestProblem = 64UL * 1024;

Answer problemOf(Exchange& exchange, int status)
{
    Answer answer{status, exchange.contentType(), ""};
    for (int byte = 0; answer.body.size() < kLongestProblem; answer.body += static_cast<char>(byte))
        if ((byte = exchange.body().get()) == EOF) break;
    return answer;
}

/// One that will be the same the next time.
bool isFinal(int status)
{
    return status >= 400 && status < 500;
}

}  // namespace

void Follower::follow(const Told& told)
{
    while (!stopped())
    {
        std::string why = "the host closed the connection";
        try
        {
            readOnce(told, _connectedOnce);
        }
        catch (const Poco::Exception& problem)
        {
            why = problem.code() != 0 ? errnoText(problem.code()) : printable(problem.displayText());
        }
        catch (const Failure& failure)
        {
            if (!_connectedOnce || _taking || failure.code() != ExitCode::Unreachable) throw;
            why = failure.what();
        }
        if (stopped()) return;
        told.lost(why);
        if (!pause()) return;
    }
}

void Follower::readOnce(const Told& told, bool again)
{
    Exchange exchange(_client.target(), _client.patience());
    {
        const std::lock_guard lock(_mutex);
        if (_stopped) return;
        _current = &exchange;
    }
    // Whatever happens, nobody may abort what is no more.
    const auto forget = [this](Exchange*) {
        const std::lock_guard lock(_mutex);
        _current = nullptr;
    };
    const std::unique_ptr<Exchange, decltype(forget)> current(&exchange, forget);

    const int status = exchange.send("GET", _path, _lastId);
    if (status != 200)
    {
        const Failure problem = failureOf(problemOf(exchange, status));
        throw Failure(isFinal(status) ? ExitCode::Refused : ExitCode::Unreachable, problem.what());
    }
    if (exchange.contentType().find("text/event-stream") == std::string::npos)
        throw refused("the host does not answer with a stream: it is too old for this");
    _connectedOnce = true;
    if (again) told.back();
    EventParser parser(_lastId, [&](const StreamEvent& event) {
        _lastId = event.id;
        _nextPause = _retry;
        _taking = true;  // a failure of whoever takes it is none of the connection
        told.event(event);
        _taking = false;
    });
    read(exchange, parser);
}

void Follower::read(Exchange& exchange, EventParser& parser)
{
    exchange.setReadTimeout(kSilence);
    std::streambuf& bytes = *exchange.body().rdbuf();
    // Poco's buffers hand out what has come, without waiting until they are full.
    for (int byte = 0; (byte = bytes.sbumpc()) != EOF;)
    {
        const char one = static_cast<char>(byte);
        parser.feed({&one, 1});
        if (parser.retry()) _retry = std::clamp(*parser.retry(), kShortestPause, kLongestPause);
    }
}

bool Follower::pause()
{
    std::unique_lock lock(_mutex);
    const Millis time = std::exchange(_nextPause, std::min(_nextPause * 2, kLongestPause));
    return !_changed.wait_for(lock, time, [this] { return _stopped; });
}

bool Follower::stopped() const
{
    const std::lock_guard lock(_mutex);
    return _stopped;
}

void Follower::stop()
{
    const std::lock_guard lock(_mutex);
    _stopped = true;
    if (_current != nullptr) _current->abort();
    _changed.notify_all();
}

}  // namespace clustermanager::cmctl
