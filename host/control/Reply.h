#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace clustermanager::control {

class JsonWriter;

/// One whole HTTP answer, before it is bytes. Every answer of the control port is one of these, whether Poco
/// sends it or the gate does.
struct Reply
{
    int status = 200;
    std::string contentType = "application/json";
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers;  // beyond those every answer has
};

/// An error as application/problem+json. `detail` is one sentence for the person who sent the request; it
/// never holds a secret. `more` writes members beyond those every problem has.
Reply problem(int status, const std::string& detail);
Reply problem(int status, const std::string& detail, const std::function<void(JsonWriter&)>& more);

/// The headers every answer has, and the reply's own.
std::vector<std::pair<std::string, std::string>> allHeaders(const Reply& reply);

/// The bytes on the wire, HTTP/1.1. The body is left out where the request was a HEAD.
std::string serialize(const Reply& reply, bool withBody = true);

}  // namespace clustermanager::control
