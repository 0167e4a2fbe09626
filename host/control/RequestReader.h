#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "control/RequestHead.h"

namespace clustermanager::control {

/// Collects the bytes of exactly one request as they come, in whatever pieces, and judges them as early as it
/// can. Holds at most kMaxHead + kMaxBody bytes; the work for each byte does not depend on how many came
/// before it. Whatever follows the request on its connection is never looked at.
///
/// Not thread-safe.
class RequestReader
{
public:
    enum class Progress
    {
        NeedsMore,
        Complete,  // head() and bytes() are the request
        Refused    // refusal() is the answer
    };

    /// Takes what has come; not called again once the answer was Complete or Refused.
    Progress feed(std::string_view piece);

    bool empty() const { return _bytes.empty(); }
    bool isHead() const { return _bytes.compare(0, 5, "HEAD ") == 0; }
    const RequestHead& head() const { return *_head; }
    const Reply& refusal() const { return *_refusal; }
    std::string takeBytes() { return std::move(_bytes); }

private:
    Progress refuse(Reply reply);
    Progress headByte(char c);
    Progress lineEnded();
    Progress headEnded();

    std::string _bytes;
    std::size_t _lineStart = 0;
    std::optional<RequestHead> _head;
    std::size_t _bodyMissing = 0;
    std::optional<Reply> _refusal;
};

}  // namespace clustermanager::control
