#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "core/Occurrence.h"
#include "core/Ports.h"

namespace clustermanager::runtime {

/// What has happened lately, numbered: a bounded past for readers on other threads.
///
/// Thread-safe. The lock covers the exchange of a few pointers, no more.
class Journal : public core::OccurrenceSource, public core::OccurrenceSink
{
public:
    static constexpr std::size_t kKept = 4'096;

    /// `last`: the number of the last occurrence, of an image of this process before.
    explicit Journal(std::uint64_t last = 0) : _last(last), _told(last) {}

    /// Wakes the readers as well.
    void record(core::Occurrence occurrence) override;

    core::Occurrences after(std::uint64_t number, std::size_t most) const override;
    std::uint64_t last() const override;
    void addReader(int eventFd) override;
    void removeReader(int eventFd) override;

    /// The same in two steps, so that the loop wakes readers with the next picture.
    void add(core::Occurrence occurrence);
    void wakeReaders();

private:
    mutable std::mutex _mutex;
    std::uint64_t _last;
    std::uint64_t _told;                                        // the last that readers were woken for
    std::deque<std::shared_ptr<const core::Occurrence>> _kept;  // without a gap
    std::vector<int> _readers;
};

}  // namespace clustermanager::runtime
