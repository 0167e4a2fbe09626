/// The example plugin hello without any host: Poco's HTTPServer in one process, on the port and with the
/// threads given. Ends with its parent.
#include <Poco/Logger.h>
#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServer.h>
#include <Poco/Net/HTTPServerParams.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/ThreadPool.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <string>

namespace {

using namespace Poco::Net;

std::atomic<unsigned long> requests{0};

class HelloHandler : public HTTPRequestHandler
{
public:
    void handleRequest(HTTPServerRequest& request, HTTPServerResponse& response) override
    {
        ++requests;
        poco_debug(_logger, request.getMethod() + " " + request.getURI());
        const bool wantsStatus = request.getURI() == "/status";
        const std::string body = wantsStatus ? "{}" : "Hello\n";
        response.setContentType("text/plain; charset=utf-8");
        response.set("X-Child", "0");
        response.set("X-Restarts", "0");
        response.sendBuffer(body.data(), body.size());
    }

private:
    Poco::Logger& _logger = Poco::Logger::get("hello");
};

class HelloHandlerFactory : public HTTPRequestHandlerFactory
{
public:
    HTTPRequestHandler* createRequestHandler(const HTTPServerRequest&) override { return new HelloHandler; }
};

}  // namespace

int main(int count, char** arguments)
{
    if (count != 3) return EXIT_FAILURE;
    const auto port = static_cast<Poco::UInt16>(std::atoi(arguments[1]));
    const int threads = std::atoi(arguments[2]);
    Poco::ThreadPool pool(threads, threads + 1);
    HTTPServerParams::Ptr params = new HTTPServerParams;
    params->setMaxThreads(threads);
    ServerSocket socket(SocketAddress("127.0.0.1", port), 1024);
    HTTPServer server(new HelloHandlerFactory, pool, socket, params);
    server.start();
    for (;;) (void)::pause();
}
