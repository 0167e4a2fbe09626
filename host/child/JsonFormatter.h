#pragma once

#include <Poco/Formatter.h>

#include <cstddef>
#include <string>

#include "child/LogText.h"

namespace clustermanager::child {

/// Whose records they are. Both are empty in the host; an isolated run_master has no id.
struct LogOrigin
{
    std::string group;
    std::string id;  // CM_CHILD_ID, a number
};

/// One JSON object a record, whatever its text is:
///
///     {"time":"2026-01-02T03:04:05.123456Z","level":"info","logger":"hello","message":"text",
///      "group":"hello","id":3,"pid":123,"thread":124}
///
/// in one line without a control character, and in valid UTF-8: a byte that is none becomes U+FFFD. `thread`
/// is the kernel's number. A text that is too long for the line is cut and ends in " [cut]". Any thread.
class JsonFormatter : public Poco::Formatter
{
public:
    /// `origin` outlives this. `lineMax` is at least 4000.
    explicit JsonFormatter(const LogOrigin& origin, std::size_t lineMax = kLogLineMax)
        : _origin(origin), _lineMax(lineMax)
    {}

    void format(const Poco::Message& message, std::string& text) override;

private:
    const LogOrigin& _origin;
    const std::size_t _lineMax;
};

}  // namespace clustermanager::child
