#include "control/Reply.h"

#include <Poco/Net/HTTPResponse.h>

#include "control/JsonWriter.h"

namespace clustermanager::control {

namespace {

const std::string& reason(int status)
{
    using Poco::Net::HTTPResponse;
    return HTTPResponse::getReasonForStatus(static_cast<HTTPResponse::HTTPStatus>(status));
}

}  // namespace

Reply problem(int status, const std::string& detail)
{
    return problem(status, detail, [](JsonWriter&) {});
}

Reply problem(int status, const std::string& detail, const std::function<void(JsonWriter&)>& more)
{
    JsonWriter json;
    json.object();
    json.key("type").text("about:blank");
    json.key("title").text(reason(status));
    json.key("status").number(status);
    json.key("detail").text(detail);
    more(json);
    json.endObject();
    return {status, "application/problem+json", json.take(), {}};
}

std::vector<std::pair<std::string, std::string>> allHeaders(const Reply& reply)
{
    std::vector<std::pair<std::string, std::string>> headers{{"Content-Type", reply.contentType},
                                                             {"Cache-Control", "no-store"},
                                                             {"X-Content-Type-Options", "nosniff"}};
    headers.insert(headers.end(), reply.headers.begin(), reply.headers.end());
    return headers;
}

std::string serialize(const Reply& reply, bool withBody)
{
    std::string bytes = "HTTP/1.1 " + std::to_string(reply.status) + ' ' + reason(reply.status) + "\r\n";
    for (const auto& [name, value] : allHeaders(reply)) bytes += name + ": " + value + "\r\n";
    bytes += "Connection: close\r\nContent-Length: " + std::to_string(reply.body.size()) + "\r\n\r\n";
    return withBody ? bytes + reply.body : bytes;
}

}  // namespace clustermanager::control
