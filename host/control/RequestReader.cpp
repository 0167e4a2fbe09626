#include "control/RequestReader.h"

#include <algorithm>

namespace clustermanager::control {

namespace {

/// Method, target and version of the longest request line that can be right.
constexpr std::size_t kMaxRequestLine = kMaxTarget + 64;

}  // namespace

RequestReader::Progress RequestReader::feed(std::string_view piece)
{
    while (!_head && !piece.empty())
    {
        const char c = piece.front();
        piece.remove_prefix(1);
        const Progress progress = headByte(c);
        if (progress != Progress::NeedsMore) return progress;
    }
    if (!_head) return Progress::NeedsMore;
    const std::size_t taken = std::min(piece.size(), _bodyMissing);
    _bytes += piece.substr(0, taken);
    _bodyMissing -= taken;
    return _bodyMissing == 0 ? Progress::Complete : Progress::NeedsMore;
}

RequestReader::Progress RequestReader::headByte(char c)
{
    const bool afterReturn = !_bytes.empty() && _bytes.back() == '\r';
    const auto byte = static_cast<unsigned char>(c);
    if ((c == '\n') != afterReturn) return refuse(problem(400, "Lines of the head end with CR LF."));
    if ((byte < 0x20 && c != '\r' && c != '\n' && c != '\t') || byte >= 0x7F)
        return refuse(problem(400, "The head holds control characters or bytes beyond ASCII."));
    if (_bytes.size() == kMaxHead)
        return refuse(problem(431, "The request's head is longer than 16384 bytes."));
    _bytes += c;
    if (c == '\n') return lineEnded();
    if (_lineStart == 0 && _bytes.size() > kMaxRequestLine)
        return refuse(problem(414, "The request's target is longer than 2048 bytes."));
    return Progress::NeedsMore;
}

RequestReader::Progress RequestReader::lineEnded()
{
    const std::string_view line = std::string_view(_bytes).substr(_lineStart, _bytes.size() - 2 - _lineStart);
    if (_lineStart == 0)
    {
        if (std::optional<Reply> refusal = refuseRequestLine(line)) return refuse(*std::move(refusal));
    }
    else if (line.empty())
    {
        return headEnded();
    }
    _lineStart = _bytes.size();
    return Progress::NeedsMore;
}

RequestReader::Progress RequestReader::headEnded()
{
    std::variant<RequestHead, Reply> outcome = parseRequestHead(_bytes);
    if (Reply* refusal = std::get_if<Reply>(&outcome)) return refuse(std::move(*refusal));
    _head = std::get<RequestHead>(std::move(outcome));
    _bodyMissing = _head->contentLength;
    return Progress::NeedsMore;
}

RequestReader::Progress RequestReader::refuse(Reply reply)
{
    _refusal = std::move(reply);
    return Progress::Refused;
}

}  // namespace clustermanager::control
