#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "control/Feed.h"
#include "control/LogReader.h"
#include "control/Reply.h"

namespace clustermanager::control {

/// The last lines of a log, and those that come, for one reader. What cannot be answered is found out where
/// the file is opened, so the head of the answer is written here too.
class LogFeed final : public Feed
{
public:
    static constexpr std::size_t kMostLines = 10'000;
    /// The longest line that is sent; the rest is left out.
    static constexpr std::size_t kLongestLine = 65'536;

    struct Wish
    {
        std::string path;
        std::string name;  // of the log, for people: "the log of child 3"
        std::size_t tail = 100;
        bool follow = false;
        Reply head;  // of the answer where the log can be read
    };
    /// `seat` is held as long as this lives.
    LogFeed(Wish wish, std::shared_ptr<const void> seat);

    void next(std::string& text) override;
    void taken(std::size_t count) override;
    bool over() const override { return _over; }
    bool follows() const override { return _wish.follow; }
    void beat() override;
    void end(const std::string& words) override;

private:
    void open();
    void refuse(int status, const std::string& detail);
    void fill();
    bool readOn();
    void takeUp(std::string_view bytes);
    void endLine();

    Wish _wish;
    std::shared_ptr<const void> _seat;
    LogReader _log;
    bool _opened = false;
    bool _over = false;
    std::optional<std::uint64_t> _end;  // of what is wanted where it is not followed
    std::string _line;                  // its end has not come yet
    bool _skipping = false;             // the rest of a line that was too long
    std::string _text;                  // not taken
    std::size_t _sent = 0;              // of it
};

}  // namespace clustermanager::control
