#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "control/StreamLoop.h"
#include "core/Ports.h"

namespace clustermanager::control {

/// All that is still known after the number. In pieces, since the source holds a lock while it copies.
core::Occurrences allAfter(const core::OccurrenceSource& source, std::uint64_t number);

/// What has happened, as all readers of events share it: each occurrence is made a text once, when the first
/// of them needs it. Holds nothing while nobody reads.
///
/// Used by the loop's thread only.
class EventTexts final : public FeedSource
{
public:
    static constexpr std::size_t kKept = 4096;

    explicit EventTexts(core::OccurrenceSource& source) : _source(source) {}

    void begin(int eventFd) override;
    void end() override;
    void refresh() override;

    /// Those from first() to last() are known; first() is last() + 1 where none is.
    std::uint64_t first() const { return _last + 1 - _kept.size(); }
    std::uint64_t last() const { return _last; }

    /// REQUIRES: it is known.
    const core::Occurrence& occurrence(std::uint64_t number) const { return *entry(number).occurrence; }
    /// The whole event of the stream, with its id.
    const std::shared_ptr<const std::string>& text(std::uint64_t number);

private:
    struct Entry
    {
        std::shared_ptr<const core::Occurrence> occurrence;
        std::shared_ptr<const std::string> text;  // none: nobody has needed it
    };
    const Entry& entry(std::uint64_t number) const { return _kept[number - first()]; }

    core::OccurrenceSource& _source;
    int _eventFd = -1;
    std::uint64_t _last = 0;
    std::deque<Entry> _kept;  // without a gap
};

}  // namespace clustermanager::control
