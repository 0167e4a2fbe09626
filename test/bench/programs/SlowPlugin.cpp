/// An HTTP service with a slow page: GET /slow is answered after a second, everything else at once.
#include <clustermanager/poco.hpp>

#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerResponse.h>

#include <chrono>

CM_PLUGIN("bench_slow", "1.0")

namespace {

constexpr std::chrono::seconds kSlow{1};

class Page : public Poco::Net::HTTPRequestHandler
{
public:
    explicit Page(const cm::Child& child) : _child(child) {}

    void handleRequest(Poco::Net::HTTPServerRequest& request,
                       Poco::Net::HTTPServerResponse& response) override
    {
        if (request.getURI() == "/slow") (void)_child.waitForStop(kSlow);
        response.sendBuffer("Hello\n", 6);
    }

private:
    const cm::Child& _child;
};

class Pages : public Poco::Net::HTTPRequestHandlerFactory
{
public:
    explicit Pages(const cm::Child& child) : _child(child) {}

    Poco::Net::HTTPRequestHandler* createRequestHandler(const Poco::Net::HTTPServerRequest&) override
    {
        return new Page(_child);
    }

private:
    const cm::Child& _child;
};

void serve(cm::Child& child)
{
    const auto threads = static_cast<unsigned>(child.configInt("threads", 1));
    cm::HTTPService service(child, "http", new Pages(child), threads);
    service.start();
    child.ready();
    child.waitForStop();
    service.stop();
}

}  // namespace

CM_RUN_CHILD(serve)
