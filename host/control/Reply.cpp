#include "control/Reply.h"

#include <Poco/Net/HTTPResponse.h>

#include <algorithm>

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

Reply unlessKnown(Reply reply, const std::string& ifNoneMatch)
{
    for (const auto& [name, value] : reply.headers)
    {
        // Quoted, so that no tag is a part of another one.
        if (name != "ETag" || ifNoneMatch.find(value) == std::string::npos) continue;
        reply.status = 304;
        reply.body.clear();
        reply.tail.reset();
        break;
    }
    return reply;
}

std::vector<std::pair<std::string, std::string>> allHeaders(const Reply& reply)
{
    std::vector<std::pair<std::string, std::string>> headers{{"Content-Type", reply.contentType},
                                                             {"Cache-Control", "no-store"},
                                                             {"X-Content-Type-Options", "nosniff"}};
    for (const auto& own : reply.headers)
    {
        const auto same = std::find_if(headers.begin(), headers.end(),
                                       [&](const auto& header) { return header.first == own.first; });
        same != headers.end() ? * same = own : headers.emplace_back(own);
    }
    return headers;
}

std::string serializeHead(const Reply& reply)
{
    std::string bytes = "HTTP/1.1 " + std::to_string(reply.status) + ' ' + reason(reply.status) + "\r\n";
    for (const auto& [name, value] : allHeaders(reply)) bytes += name + ": " + value + "\r\n";
    return bytes + "Connection: close\r\n\r\n";
}

std::string serialize(const Reply& reply, bool withBody)
{
    std::string bytes = serializeHead(reply);
    bytes.resize(bytes.size() - 2);
    bytes += "Content-Length: " + std::to_string(reply.bodySize()) + "\r\n\r\n";
    if (withBody) bytes += reply.body;
    if (withBody && reply.tail) bytes += *reply.tail;
    return bytes;
}

}  // namespace clustermanager::control
