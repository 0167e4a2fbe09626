#pragma once

#include <string>
#include <vector>

namespace clustermanager::control::test {

/// Bytes that must change nothing, and what they are answered with.
struct BadRequest
{
    std::string name;
    std::string bytes;
    int status;  // 0: closed without an answer
};

/// Each would stop every child if it were read with a kind eye. `host` is the control port's own.
std::vector<BadRequest> badRequests(const std::string& host);

}  // namespace clustermanager::control::test
