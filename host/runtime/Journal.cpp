#include "runtime/Journal.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

namespace clustermanager::runtime {

void Journal::record(core::Occurrence occurrence)
{
    add(std::move(occurrence));
    wakeReaders();
}

void Journal::add(core::Occurrence occurrence)
{
    auto kept = std::make_shared<core::Occurrence>(std::move(occurrence));
    std::shared_ptr<const core::Occurrence> forgotten;  // freed without the lock
    const std::lock_guard<std::mutex> lock(_mutex);
    kept->number = ++_last;
    _kept.push_back(std::move(kept));
    if (_kept.size() <= kKept) return;
    forgotten = std::move(_kept.front());
    _kept.pop_front();
}

core::Occurrences Journal::after(std::uint64_t number, std::size_t most) const
{
    const std::lock_guard<std::mutex> lock(_mutex);
    if (number >= _last) return {};
    const auto news = std::min<std::uint64_t>(_last - number, _kept.size());
    const auto first = _kept.end() - static_cast<std::ptrdiff_t>(news);
    return {first, first + static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(news, most))};
}

std::uint64_t Journal::last() const
{
    const std::lock_guard<std::mutex> lock(_mutex);
    return _last;
}

void Journal::addReader(int eventFd)
{
    const std::lock_guard<std::mutex> lock(_mutex);
    _readers.push_back(eventFd);
}

void Journal::removeReader(int eventFd)
{
    const std::lock_guard<std::mutex> lock(_mutex);
    _readers.erase(std::remove(_readers.begin(), _readers.end(), eventFd), _readers.end());
}

void Journal::wakeReaders()
{
    const std::lock_guard<std::mutex> lock(_mutex);
    if (std::exchange(_told, _last) == _last) return;
    const std::uint64_t one = 1;
    for (const int reader : _readers) (void)!::write(reader, &one, sizeof one);
}

}  // namespace clustermanager::runtime
