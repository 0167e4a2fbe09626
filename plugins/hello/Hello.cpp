/// An HTTP service: any number of processes answer on one listener, each with a few threads.
///
///     GET /         the greeting
///     GET /status   who answered, as JSON
///
/// Keys of [plugin.hello]: greeting, threads. Its metrics, among those of the host: hello_requests_total and
/// hello_request_duration_seconds.
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

struct Meters
{
    cm::Counter greetings;
    cm::Counter statuses;
    cm::Histogram duration;
};

Meters metersOf(const cm::Child& child)
{
    const char* help = "Requests answered, by path.";
    return {child.counter("hello_requests_total", help, {{"path", "/"}}),
            child.counter("hello_requests_total", help, {{"path", "/status"}}),
            child.histogram("hello_request_duration_seconds", "How long an answer took.",
                            {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.1, 1})};
}

class HelloHandler : public HTTPRequestHandler
{
public:
    HelloHandler(const cm::Child& child, const Meters& meters) : _child(child), _meters(meters) {}

    void handleRequest(HTTPServerRequest& request, HTTPServerResponse& response) override
    {
        const auto begun = std::chrono::steady_clock::now();
        ++requests;
        poco_debug(_logger, request.getMethod() + " " + request.getURI());
        const bool wantsStatus = request.getURI() == "/status";
        const std::string body = wantsStatus ? status() : _child.config("greeting", "Hello") + "\n";
        response.setContentType(wantsStatus ? "application/json" : "text/plain; charset=utf-8");
        response.set("X-Child", std::to_string(_child.id()));
        response.set("X-Restarts", std::to_string(_child.restarts()));
        response.sendBuffer(body.data(), body.size());
        (wantsStatus ? _meters.statuses : _meters.greetings).add();
        _meters.duration.observe(std::chrono::steady_clock::now() - begun);
    }

private:
    std::string status() const
    {
        return "{\"child\":" + std::to_string(_child.id()) +
               ",\"restarts\":" + std::to_string(_child.restarts()) +
               ",\"requests\":" + std::to_string(requests) + "}\n";
    }

    const cm::Child& _child;
    const Meters& _meters;
    Poco::Logger& _logger = Poco::Logger::get("hello");
};

class HelloHandlerFactory : public HTTPRequestHandlerFactory
{
public:
    explicit HelloHandlerFactory(const cm::Child& child) : _child(child), _meters(metersOf(child)) {}

    HTTPRequestHandler* createRequestHandler(const HTTPServerRequest&) override
    {
        return new HelloHandler(_child, _meters);
    }

private:
    const cm::Child& _child;
    const Meters _meters;
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
