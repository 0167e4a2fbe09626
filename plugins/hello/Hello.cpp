/// An HTTP service: any number of processes answer on one listener, each with a few threads.
///
///     GET /         the greeting
///     GET /status   who answered, as JSON
///
/// Keys of [plugin.hello]: greeting, threads.
#include <clustermanager/poco.hpp>

#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerResponse.h>

#include <atomic>
#include <chrono>
#include <string>

CM_PLUGIN("hello", "1.0")

namespace {

using namespace Poco::Net;

std::atomic<unsigned long> requests{0};

class HelloHandler : public HTTPRequestHandler
{
public:
    explicit HelloHandler(const cm::Child& child) : _child(child) {}

    void handleRequest(HTTPServerRequest& request, HTTPServerResponse& response) override
    {
        ++requests;
        poco_debug(_logger, request.getMethod() + " " + request.getURI());
        const bool wantsStatus = request.getURI() == "/status";
        const std::string body = wantsStatus ? status() : _child.config("greeting", "Hello") + "\n";
        response.setContentType(wantsStatus ? "application/json" : "text/plain; charset=utf-8");
        response.set("X-Child", std::to_string(_child.id()));
        response.set("X-Restarts", std::to_string(_child.restarts()));
        response.sendBuffer(body.data(), body.size());
    }

private:
    std::string status() const
    {
        return "{\"child\":" + std::to_string(_child.id()) +
               ",\"restarts\":" + std::to_string(_child.restarts()) +
               ",\"requests\":" + std::to_string(requests) + "}\n";
    }

    const cm::Child& _child;
    Poco::Logger& _logger = Poco::Logger::get("hello");
};

class HelloHandlerFactory : public HTTPRequestHandlerFactory
{
public:
    explicit HelloHandlerFactory(const cm::Child& child) : _child(child) {}

    HTTPRequestHandler* createRequestHandler(const HTTPServerRequest&) override
    {
        return new HelloHandler(_child);
    }

private:
    const cm::Child& _child;
};

/// Once a second, where there is something new to say.
void reportUntilStop(const cm::Child& child)
{
    unsigned long reported = 0;
    do
    {
        const unsigned long count = requests;
        if (count == reported) continue;
        child.reportStatus("{\"requests\":" + std::to_string(count) + "}");
        reported = count;
    } while (!child.waitForStop(std::chrono::seconds(1)));
}

void serve(cm::Child& child)
{
    const auto threads = static_cast<unsigned>(child.configInt("threads", 4));
    cm::HTTPService service(child, "http", new HelloHandlerFactory(child), threads);
    service.start();
    child.ready();
    reportUntilStop(child);
    service.stop();  // finishes the requests that are being answered
}

}  // namespace

CM_RUN_CHILD(serve)
