#pragma once

#include <string>

#include "base/Types.h"
#include "cmctl/Failure.h"
#include "cmctl/Json.h"
#include "cmctl/Target.h"

namespace clustermanager::cmctl {

struct Answer
{
    int status = 0;
    std::string contentType;
    std::string body;

    bool good() const { return status >= 200 && status < 300; }
};

/// Asks the host. Every answer is bounded in time and size.
///
/// Errors: a Failure; unreachable where no answer comes, refused where the host says no.
class Client
{
public:
    Client(Target target, Millis patience) : _target(std::move(target)), _patience(patience) {}

    const Target& target() const { return _target; }
    Millis patience() const { return _patience; }

    /// Whatever the host answers. It may take longer than other answers by `longer`.
    Answer request(const std::string& method, const std::string& path, Millis longer = {}) const;

    /// The body of a good answer.
    std::string get(const std::string& path) const;
    JsonObject getJson(const std::string& path) const { return parseJson(get(path)); }
    JsonObject post(const std::string& path, Millis longer = {}) const;

private:
    Target _target;
    Millis _patience;
};

/// What the host says in a bad answer, with what one can do about it.
Failure failureOf(const Answer& answer);

/// A word as one segment of a path, or as a value in a query.
std::string encoded(const std::string& word);

}  // namespace clustermanager::cmctl
