#include "control/StreamLoop.h"

#include <Poco/Exception.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <unordered_map>
#include <utility>

#include "base/EnoughMemory.h"
#include "base/SysError.h"
#include "control/StreamInbox.h"

namespace clustermanager::control {

namespace {

constexpr std::uint64_t kWake = 0;  // what an epoll event names: this, or a reader's number

/// The longest time between two looks for readers whose time is up.
constexpr Millis kTick{1'000};

/// One reader's turn, then the others have theirs.
constexpr int kPiecesAtOnce = 4;

/// What a client may send on a connection that only speaks to it.
constexpr std::size_t kMaxDrained = 65'536;

}  // namespace

/// What the thread runs. Shared with it, so that it may be left behind.
class StreamLoop::Running
{
public:
    Running(const Settings& settings, std::unique_ptr<FeedSource> source)
        : _settings(settings), _source(std::move(source)), _tick(std::min(kTick, settings.heartbeat / 4)),
          _epoll(::epoll_create1(EPOLL_CLOEXEC))
    {
        if (!_epoll) throw Poco::IOException(SysError{"epoll_create1", "", errno}.text());
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.u64 = kWake;
        if (::epoll_ctl(_epoll.get(), EPOLL_CTL_ADD, _inbox.descriptor(), &event) != 0)
            throw Poco::IOException(SysError{"epoll_ctl", "", errno}.text());
    }

    StreamInbox& inbox() { return _inbox; }

    void run()
    {
        while (!_stopAt || (!_readers.empty() && Clock::now() < *_stopAt))
            if (!enoughMemoryFor([this] { turn(); }))
            {
                cutAll();
                _inbox.wake();  // what woke this turn may not have been heard
            }
        cutAll();
        _inbox.ended();
    }

private:
    enum class Phase : std::uint8_t
    {
        Idle,      // has all there is
        Sending,   // has more to take, and took what it was given
        Blocked,   // has more to take, and did not take it
        Lingering  // has all there will ever be
    };

    struct Reader
    {
        std::unique_ptr<ByteStream> bytes;
        std::shared_ptr<Feed> feed;
        Phase phase = Phase::Idle;
        bool listens = true;        // it may still send something
        std::uint32_t watched = 0;  // the events
        std::uint32_t drained = 0;  // bytes that it has sent
        TimePoint moved{};          // when it last took something
    };
    using Readers = std::unordered_map<std::uint64_t, Reader>;

    void turn()
    {
        waitAndHandle();
        collect();
        const TimePoint now = Clock::now();
        if (_roundAt && *_roundAt <= now) round(now);
        if (!_readers.empty() && _tickAt <= now) tick(now);
    }

    /// Whom a lack of memory has hit is not known, and readers come back where they were.
    void cutAll()
    {
        while (!_readers.empty()) cut(_readers.begin());
        leave();
    }

    int waitMillis() const
    {
        std::optional<TimePoint> next = _roundAt;
        const auto earlier = [&](TimePoint at) { next = next ? std::min(*next, at) : at; };
        if (!_readers.empty()) earlier(_tickAt);
        if (_stopAt) earlier(*_stopAt);
        if (!next) return -1;
        const auto left = std::chrono::ceil<Millis>(*next - Clock::now());
        return static_cast<int>(std::clamp<Millis::rep>(left.count(), 0, 60'000));
    }

    void waitAndHandle()
    {
        std::array<epoll_event, 64> events;  // filled by the kernel
        const int count = ::epoll_wait(_epoll.get(), events.data(), events.size(), waitMillis());
        for (int i = 0; i < count; ++i)
        {
            const epoll_event& event = events[static_cast<std::size_t>(i)];
            if (event.data.u64 == kWake)
                woken();
            else if (const auto found = _readers.find(event.data.u64); found != _readers.end())
                handle(found, event.events);
        }
    }

    /// For whatever reason: a look at the news costs little.
    void woken()
    {
        std::uint64_t count = 0;
        (void)!::read(_inbox.descriptor(), &count, sizeof count);
        if (!_readers.empty() && _source)
            roundAt(std::max(_lastRound + _settings.pace, Clock::now() + _settings.settle));
    }

    void roundAt(TimePoint at) { _roundAt = _roundAt ? std::min(*_roundAt, at) : at; }

    void collect()
    {
        StreamInbox::Letters letters = _inbox.collect();
        for (StreamInbox::Letter& letter : letters.added) welcome(std::move(letter));
        if (letters.lastWords && !_stopAt) endAll(*letters.lastWords);
    }

    void welcome(StreamInbox::Letter letter)
    {
        if (_readers.empty()) begin();
        const int socket = letter.bytes->descriptor();
        (void)::setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &_settings.sendBuffer, sizeof _settings.sendBuffer);
        // A network that is gone says nothing; what it does not acknowledge is the sign. Not for Unix
        // sockets.
        const auto silence = static_cast<unsigned>(_settings.patience.count());
        (void)::setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &silence, sizeof silence);
        const auto [reader, isNew] = _readers.emplace(
            ++_lastNumber, Reader{std::move(letter.bytes), std::move(letter.feed), {}, true, 0, 0, {}});
        (void)isNew;
        reader->second.moved = Clock::now();
        if (!watch(reader, EPOLLIN)) return drop(reader);
        pump(reader);
    }

    void begin()
    {
        const TimePoint now = Clock::now();
        _tickAt = now + _tick;
        _lastRound = now;
        if (_settings.look) roundAt(_lastRound + *_settings.look);
        if (!_source) return;
        _source->begin(_inbox.descriptor());
        _begun = true;
        _source->refresh();
    }

    void leave()
    {
        _roundAt.reset();
        if (_source && std::exchange(_begun, false)) _source->end();
    }

    void round(TimePoint now)
    {
        _roundAt.reset();
        _lastRound = now;
        if (_source) _source->refresh();
        if (_settings.look) roundAt(_lastRound + *_settings.look);
        for (auto next = _readers.begin(); next != _readers.end();)
        {
            const auto reader = next++;
            switch (reader->second.phase)
            {
            case Phase::Idle:
            case Phase::Sending:
                pump(reader);
                break;  // the kernel may call a socket full that still takes some
            case Phase::Blocked:
                if (reader->second.feed->lost()) cut(reader);
                break;
            case Phase::Lingering: break;
            }
        }
    }

    void tick(TimePoint now)
    {
        _tickAt = now + _tick;
        for (auto next = _readers.begin(); next != _readers.end();)
        {
            const auto reader = next++;
            const auto silence = now - reader->second.moved;
            switch (reader->second.phase)
            {
            case Phase::Idle:
                if (silence < _settings.heartbeat) break;
                reader->second.feed->beat();
                pump(reader);
                break;
            case Phase::Sending:
            case Phase::Blocked:
                if (silence >= _settings.patience) cut(reader);
                break;
            case Phase::Lingering:
                if (silence >= _settings.linger) drop(reader);
                break;
            }
        }
    }

    void endAll(const std::string& words)
    {
        _stopAt = Clock::now() + _settings.farewell;
        if (_source && !_readers.empty()) _source->refresh();
        for (auto next = _readers.begin(); next != _readers.end();)
        {
            const auto reader = next++;
            if (reader->second.phase == Phase::Lingering)
            {
                drop(reader);
                continue;
            }
            reader->second.feed->end(words);
            if (reader->second.phase == Phase::Idle) pump(reader);
        }
    }

    void handle(Readers::iterator reader, std::uint32_t events)
    {
        if ((events & (EPOLLERR | EPOLLHUP)) != 0) return drop(reader);
        if ((events & EPOLLIN) != 0 && !drain(reader)) return;
        if (reader->second.phase != Phase::Idle && reader->second.phase != Phase::Lingering) pump(reader);
    }

    /// Sends what there is, until there is no more, the reader does not take it, or it is the others' turn.
    void pump(Readers::iterator position)
    {
        Reader& reader = position->second;
        for (int i = 0; i < kPiecesAtOnce; ++i)
        {
            _text.clear();
            reader.feed->next(_text);
            if (_text.empty()) return rest(position);
            const ByteStream::Step step = reader.bytes->write(_text.data(), _text.size());
            switch (step.state)
            {
            case ByteStream::State::Moved: break;
            case ByteStream::State::WantsRead: return block(position, EPOLLIN);
            case ByteStream::State::WantsWrite: return block(position, EPOLLOUT);
            default: return drop(position);
            }
            reader.feed->taken(step.count);
            reader.moved = Clock::now();
            reader.phase = Phase::Sending;
            if (step.count < _text.size()) return block(position, EPOLLOUT);
        }
        (void)watch(position, EPOLLOUT);
    }

    void rest(Readers::iterator position)
    {
        Reader& reader = position->second;
        if (!reader.feed->over())
        {
            reader.phase = Phase::Idle;
            (void)watch(position, 0);
            return;
        }
        reader.bytes->finish();
        if (_stopAt) return drop(position);  // there is no time to be polite
        reader.phase = Phase::Lingering;
        (void)watch(position, 0);
    }

    void block(Readers::iterator position, std::uint32_t until)
    {
        Reader& reader = position->second;
        if (reader.phase == Phase::Idle) reader.moved = Clock::now();
        reader.phase = Phase::Blocked;
        (void)watch(position, until);
    }

    /// What the reader says is of no interest, but that it says no more is. False: it is gone.
    bool drain(Readers::iterator position)
    {
        Reader& reader = position->second;
        std::array<char, 4096> piece;  // filled by the stream, read by nobody
        const ByteStream::Step step = reader.bytes->read(piece.data(), piece.size());
        reader.drained += static_cast<std::uint32_t>(step.count);
        const bool ended = step.state == ByteStream::State::Ended;
        const bool endsIt = ended && (reader.feed->follows() || reader.phase == Phase::Lingering);
        if (endsIt || step.state == ByteStream::State::Failed || reader.drained > kMaxDrained)
            return drop(position), false;
        if (ended)
        {
            reader.listens = false;
            (void)watch(position, reader.watched & ~static_cast<std::uint32_t>(EPOLLIN));
        }
        return true;
    }

    /// Beside that what the reader sends, as long as it may.
    bool watch(Readers::iterator position, std::uint32_t events)
    {
        Reader& reader = position->second;
        if (reader.listens) events |= EPOLLIN;
        const bool known = reader.watched != 0 || !reader.listens;
        if (known && reader.watched == events) return true;
        epoll_event event{};
        event.events = events;
        event.data.u64 = position->first;
        reader.watched = events;
        return ::epoll_ctl(_epoll.get(), known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, reader.bytes->descriptor(),
                           &event) == 0;
    }

    /// A reset, so that the kernel does not keep what is never read.
    void cut(Readers::iterator reader)
    {
        const ::linger reset{1, 0};
        (void)::setsockopt(reader->second.bytes->descriptor(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        drop(reader);
    }

    void drop(Readers::iterator reader)
    {
        _readers.erase(reader);
        if (_readers.empty()) leave();
    }

    const Settings _settings;
    const std::unique_ptr<FeedSource> _source;
    const Millis _tick;
    FileDescriptor _epoll;
    StreamInbox _inbox;

    Readers _readers;
    std::uint64_t _lastNumber = kWake;
    bool _begun = false;
    TimePoint _lastRound{};
    std::optional<TimePoint> _roundAt;
    TimePoint _tickAt{};
    std::optional<TimePoint> _stopAt;
    std::string _text;  // of the reader whose turn it is
};

StreamLoop::StreamLoop(const Settings& settings, std::unique_ptr<FeedSource> source)
    : _running(std::make_shared<Running>(settings, std::move(source))),
      _thread([running = _running] { running->run(); }), _mayHang(settings.mayHang)
{}

StreamLoop::~StreamLoop()
{
    stop("");
}

void StreamLoop::add(std::unique_ptr<ByteStream> bytes, std::shared_ptr<Feed> feed)
{
    _running->inbox().add({std::move(bytes), std::move(feed)});
}

void StreamLoop::stop(const std::string& words)
{
    if (!_thread.joinable()) return;
    _running->inbox().stop(words);
    if (!_mayHang || _running->inbox().waitForEnd(*_mayHang))
        _thread.join();
    else
        _thread.detach();
}

}  // namespace clustermanager::control
