#include "control/LogFeed.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/GiveBack.h"
#include "base/PrintableText.h"

namespace clustermanager::control {

namespace {

/// Read at once. Small, since a byte of a log may become eight of the stream.
constexpr std::size_t kBlock = 4'096;

}  // namespace

LogFeed::LogFeed(Wish wish, std::shared_ptr<const void> seat)
    : _wish(std::move(wish)), _seat(std::move(seat)), _log(_wish.path)
{}

void LogFeed::next(std::string& text)
{
    if (!_opened) open();
    if (!_over && _text.empty()) fill();
    text.append(_text, _sent, std::string::npos);
}

void LogFeed::taken(std::size_t count)
{
    _sent += count;
    if (_sent < _text.size()) return;
    giveBack(_text);
    _sent = 0;
}

void LogFeed::open()
{
    _opened = true;
    switch (_log.open())
    {
    case LogReader::Opened::Yes: {
        const std::uint64_t size = _log.toTail(_wish.tail);
        if (!_wish.follow) _end = size;
        break;
    }
    case LogReader::Opened::Missing:
        if (_wish.follow) break;
        return refuse(404, "There is no file of " + _wish.name + " (yet): nothing was written.");
    case LogReader::Opened::Refused:
        return refuse(409, "The file of " + _wish.name + " cannot be read, or is no regular file.");
    }
    _text = serializeHead(_wish.head);
    if (_wish.follow) _text += "retry: 1000\n\n";
}

void LogFeed::refuse(int status, const std::string& detail)
{
    _text = serialize(problem(status, detail));
    _opened = true;
    _over = true;
}

void LogFeed::fill()
{
    while (_text.size() < kPiece)
    {
        std::array<char, kBlock> block;  // filled by the kernel
        const std::size_t left = _end ? *_end - std::min(*_end, _log.position()) : block.size();
        const std::size_t count = _log.read(block.data(), std::min(block.size(), left));
        if (count > 0)
            takeUp({block.data(), count});
        else if (!readOn())
            break;
    }
    _line.shrink_to_fit();
}

/// False: there is nothing more to read now.
bool LogFeed::readOn()
{
    if (_end)
    {
        if (!_line.empty()) endLine();
        _over = true;
        return false;
    }
    const LogReader::Look look = _log.look();
    if (look == LogReader::Look::Other && !_line.empty()) endLine();
    return look != LogReader::Look::Nothing;
}

void LogFeed::takeUp(std::string_view bytes)
{
    while (!bytes.empty())
    {
        const std::size_t newline = bytes.find('\n');
        const std::string_view part = bytes.substr(0, newline);
        // One byte more than is sent, so that a line is known to be too long.
        if (!_skipping) _line += part.substr(0, kLongestLine + 1 - _line.size());
        if (newline != std::string_view::npos)
        {
            if (!std::exchange(_skipping, false)) endLine();
        }
        else if (_line.size() > kLongestLine)
        {
            endLine();
            _skipping = true;
        }
        bytes.remove_prefix(
            std::min(newline == std::string_view::npos ? bytes.size() : newline + 1, bytes.size()));
    }
}

void LogFeed::endLine()
{
    if (_wish.follow) _text += "data: ";
    appendPrintable(_text, _line, kLongestLine);
    _text += _wish.follow ? "\n\n" : "\n";
    _line.clear();
}

void LogFeed::beat()
{
    if (_text.empty()) _text = ":\n\n";
}

void LogFeed::end(const std::string& words)
{
    if (!_opened) return refuse(503, "The stream ends before it began: " + words + '.');
    if (_over || !_wish.follow) return;
    _text += ": " + words + "\n\n";
    _over = true;
}

}  // namespace clustermanager::control
