#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "control/EventFilter.h"
#include "control/EventTexts.h"
#include "control/Feed.h"

namespace clustermanager::control {

/// The events from one number on, for one reader. It holds the number of the next, and the text that the
/// reader is in the middle of, which all readers share.
class EventFeed final : public Feed
{
public:
    struct Start
    {
        std::uint64_t after = 0;
        /// The reader has seen one of a greater number than there was: it is of another host's life, and all
        /// of this one is news.
        bool restarted = false;
    };

    /// `head` comes first. `seat` is held as long as this lives. The texts are those of the loop it is for.
    EventFeed(EventTexts& texts, std::string head, Start start, EventFilter filter,
              std::shared_ptr<const void> seat);

    void next(std::string& text) override;
    void taken(std::size_t count) override;
    bool over() const override { return _end == End::Said && !_current; }
    bool lost() const override { return _next < _texts.first(); }
    void beat() override;
    void end(const std::string& words) override;

private:
    enum class End : std::uint8_t
    {
        Open,
        Wanted,  // after what there is
        Said
    };
    using Text = std::shared_ptr<const std::string>;

    bool isNews() const { return _next <= _texts.last(); }
    Text proceed();
    Text gap();

    EventTexts& _texts;
    EventFilter _filter;
    std::shared_ptr<const void> _seat;
    std::uint64_t _next;
    bool _restarted;
    Text _current;  // not taken whole; none: the reader is between two
    std::size_t _offset = 0;
    End _end = End::Open;
    std::string _words;
};

}  // namespace clustermanager::control
