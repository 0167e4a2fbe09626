#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace clustermanager {
class ByteStream;
}

namespace clustermanager::control {

class JsonWriter;

/// Takes over a connection whose request was answered by nothing yet, and owns it. Any thread; does not wait.
using Continuation = std::function<void(std::unique_ptr<ByteStream>)>;

/// One whole HTTP answer, before it is bytes. Every answer of the control port is one of these, whether Poco
/// sends it or the gate does.
struct Reply
{
    int status = 200;
    std::string contentType = "application/json";
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers;  // beyond those every answer has
    /// Whoever sends the whole answer, its head too, for as long as it likes; the head is as it stands here.
    Continuation goesOn = {};
    /// The rest of the body, which other answers may share; none: there is no more.
    std::shared_ptr<const std::string> tail = {};

    std::size_t bodySize() const { return body.size() + (tail ? tail->size() : 0); }
};

/// An error as application/problem+json. `detail` is one sentence for the person who sent the request; it
/// never holds a secret. `more` writes members beyond those every problem has.
Reply problem(int status, const std::string& detail);
Reply problem(int status, const std::string& detail, const std::function<void(JsonWriter&)>& more);

/// The reply, or 304 where the client's If-None-Match names the reply's ETag: it has these bytes already.
Reply unlessKnown(Reply reply, const std::string& ifNoneMatch);

/// The headers every answer has, and the reply's own, which win.
std::vector<std::pair<std::string, std::string>> allHeaders(const Reply& reply);

/// The head of an answer that ends when the connection does.
std::string serializeHead(const Reply& reply);

/// The bytes on the wire, HTTP/1.1. The body is left out where the request was a HEAD.
std::string serialize(const Reply& reply, bool withBody = true);

}  // namespace clustermanager::control
