#pragma once

#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServerResponse.h>

#include <memory>
#include <utility>

#include "clustermanager/plugin.hpp"

namespace cm {

/// For Poco's own HTTPServer, around the factory of its handlers: tells the host of each request, and has the
/// answers that begin after a stop say "Connection: close". (cm::HTTPService does both by itself.)
///
///     HTTPServer server(new cm::CountedRequests(child, new MyFactory), cm::serverSocket(child, "http"),
///     params);
class CountedRequests : public Poco::Net::HTTPRequestHandlerFactory
{
public:
    CountedRequests(const Child& child, Poco::Net::HTTPRequestHandlerFactory::Ptr factory)
        : _child(child), _factory(std::move(factory))
    {}

    Poco::Net::HTTPRequestHandler* createRequestHandler(const Poco::Net::HTTPServerRequest& request) override
    {
        std::unique_ptr<Poco::Net::HTTPRequestHandler> handler(_factory->createRequestHandler(request));
        return handler ? new Counted(_child, std::move(handler)) : nullptr;
    }

private:
    class Counted : public Poco::Net::HTTPRequestHandler
    {
    public:
        Counted(const Child& child, std::unique_ptr<Poco::Net::HTTPRequestHandler> handler)
            : _child(child), _handler(std::move(handler))
        {}

        void handleRequest(Poco::Net::HTTPServerRequest& request,
                           Poco::Net::HTTPServerResponse& response) override
        {
            if (_child.stopRequested()) response.setKeepAlive(false);
            _handler->handleRequest(request, response);
            _child.countRequests();
        }

    private:
        Child _child;
        std::unique_ptr<Poco::Net::HTTPRequestHandler> _handler;
    };

    Child _child;
    Poco::Net::HTTPRequestHandlerFactory::Ptr _factory;
};

}  // namespace cm
