#pragma once

#include <Poco/Event.h>
#include <Poco/Exception.h>
#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/StreamCopier.h>

#include <atomic>
#include <stdexcept>
#include <string>

/// What the handlers of a test share with it.
struct Desk
{
    std::atomic<int> served{0};
    std::atomic<int> waiting{0};                     // in /wait or /read now
    Poco::Event go{Poco::Event::EVENT_MANUALRESET};  // lets /wait go on
};

/// /wait answers when the test lets it; /read when it has read the body; /throw/... throws; everything else
/// is answered at once.
class TestHandler : public Poco::Net::HTTPRequestHandler
{
public:
    explicit TestHandler(Desk& desk) : _desk(desk) {}

    void handleRequest(Poco::Net::HTTPServerRequest& request,
                       Poco::Net::HTTPServerResponse& response) override
    {
        const std::string& path = request.getURI();
        if (path == "/throw/poco") throw Poco::NotFoundException("poco");
        if (path == "/throw/std") throw std::runtime_error("std");
        if (path == "/throw/int") throw 7;
        if (path == "/read")
        {
            ++_desk.waiting;
            std::string body;
            Poco::StreamCopier::copyToString(request.stream(), body);
            --_desk.waiting;
        }
        if (path == "/wait")
        {
            ++_desk.waiting;
            _desk.go.wait();
            --_desk.waiting;
        }
        ++_desk.served;
        response.sendBuffer("hello", 5);
    }

private:
    Desk& _desk;
};

class TestFactory : public Poco::Net::HTTPRequestHandlerFactory
{
public:
    explicit TestFactory(Desk& desk) : _desk(desk) {}

    Poco::Net::HTTPRequestHandler* createRequestHandler(const Poco::Net::HTTPServerRequest& request) override
    {
        return request.getURI() == "/nothing" ? nullptr : new TestHandler(_desk);
    }

private:
    Desk& _desk;
};
