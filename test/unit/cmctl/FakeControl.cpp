#include "unit/cmctl/FakeControl.h"

#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/ServerSocket.h>

#include <cppunit/TestAssert.h>

namespace clustermanager::cmctl::test {

namespace {

using Poco::Net::SocketAddress;

class Forwarder : public Poco::Net::HTTPRequestHandler
{
public:
    Forwarder(FakeControl& control, const FakeControl::Handler& handler)
        : _control(control), _handler(handler)
    {}
    void handleRequest(FakeControl::Request& request, FakeControl::Response& response) override
    {
        _control.note(request);
        _handler(request, response);
    }

private:
    FakeControl& _control;
    const FakeControl::Handler& _handler;
};

class Factory : public Poco::Net::HTTPRequestHandlerFactory
{
public:
    Factory(FakeControl& control, const FakeControl::Handler& handler) : _control(control), _handler(handler)
    {}
    Poco::Net::HTTPRequestHandler* createRequestHandler(const FakeControl::Request&) override
    {
        return new Forwarder(_control, _handler);
    }

private:
    FakeControl& _control;
    const FakeControl::Handler& _handler;
};

}  // namespace

FakeControl::FakeControl(Handler handler) : _handler(std::move(handler))
{
    Poco::Net::ServerSocket socket;
    socket.bind(SocketAddress(SocketAddress::UNIX_LOCAL, path()));
    socket.listen(64);
    socket.setBlocking(false);
    Poco::Net::HTTPServerParams::Ptr params = new Poco::Net::HTTPServerParams;
    params->setKeepAlive(false);
    params->setMaxThreads(16);
    _server = std::make_unique<Poco::Net::HTTPServer>(new Factory(*this, _handler), _pool, socket, params);
    _server->start();
}

FakeControl::~FakeControl()
{
    _server->stopAll(true);
    _pool.joinAll();
}

Client FakeControl::client(Millis patience) const
{
    Target target;
    target.path = path();
    target.foundBy = "the test";
    return {target, patience};
}

std::vector<std::string> FakeControl::asked() const
{
    const std::lock_guard lock(_mutex);
    return _asked;
}

void FakeControl::note(const Request& request)
{
    const std::lock_guard lock(_mutex);
    _asked.push_back(request.getMethod() + " " + request.getURI());
}

void answer(FakeControl::Response& response, int status, const std::string& type, const std::string& body)
{
    response.setStatus(static_cast<Poco::Net::HTTPResponse::HTTPStatus>(status));
    response.setContentType(type);
    response.sendBuffer(body.data(), body.size());
}

void answerJson(FakeControl::Response& response, const std::string& body)
{
    answer(response, 200, "application/json", body);
}

std::ostream& stream(FakeControl::Response& response)
{
    response.setContentType("text/event-stream");
    response.setChunkedTransferEncoding(true);
    return response.send();
}

std::string run(const FakeControl& control, const std::vector<std::string>& words,
                Invocation::Options options)
{
    options["socket"] = control.path();
    const Invocation invocation(words, std::move(options));
    std::ostringstream written;
    Output output(written, false);
    Session session(invocation, output, "/nowhere/");
    (void)invocation.command().run(session);
    return written.str();
}

std::string failureOf(ExitCode code, const std::function<void()>& action)
{
    try
    {
        action();
    }
    catch (const Failure& failure)
    {
        CPPUNIT_ASSERT_EQUAL_MESSAGE(failure.what(), static_cast<int>(code),
                                     static_cast<int>(failure.code()));
        return failure.what();
    }
    CPPUNIT_FAIL("it should fail");
    return "";
}

void assertHas(const std::string& text, const std::string& part)
{
    CPPUNIT_ASSERT_MESSAGE("'" + part + "' is not in:\n" + text, text.find(part) != std::string::npos);
}

}  // namespace clustermanager::cmctl::test
