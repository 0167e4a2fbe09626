#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <variant>

namespace clustermanager::load {

/// A whole answer at the beginning of what a connection has sent.
struct Answer
{
    int status = 0;
    std::string body;
    bool closes = false;    // it says "Connection: close"
    std::string child;      // X-Child, as hello says who answered
    std::size_t bytes = 0;  // of head and body
};

/// No HTTP/1.1 answer with a Content-Length can begin like this.
struct Malformed
{
    std::string reason;
};

/// std::monostate: not whole yet.
std::variant<std::monostate, Answer, Malformed> readAnswer(const std::string& bytes);

}  // namespace clustermanager::load
