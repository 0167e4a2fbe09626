#pragma once

#include <Poco/Net/HTTPServer.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/ThreadPool.h>

#include <functional>
#include <memory>
#include <mutex>
#include <sstream>
#include <string>
#include <vector>

#include "cmctl/Client.h"
#include "cmctl/Failure.h"
#include "cmctl/Session.h"
#include "unit/TemporaryFolder.h"

namespace clustermanager::cmctl::test {

/// A control port that answers as a test wants it to, on a Unix socket in a folder of its own.
class FakeControl
{
public:
    using Request = Poco::Net::HTTPServerRequest;
    using Response = Poco::Net::HTTPServerResponse;
    using Handler = std::function<void(Request&, Response&)>;

    explicit FakeControl(Handler handler);
    ~FakeControl();
    FakeControl(const FakeControl&) = delete;
    FakeControl& operator=(const FakeControl&) = delete;

    std::string path() const { return _folder / "s"; }
    Client client(Millis patience = std::chrono::seconds(10)) const;
    /// "GET /events?after=3" of all that came, in order.
    std::vector<std::string> asked() const;
    void note(const Request& request);

private:
    TemporaryFolder _folder;
    Handler _handler;
    mutable std::mutex _mutex;
    std::vector<std::string> _asked;
    Poco::ThreadPool _pool{2, 16};
    std::unique_ptr<Poco::Net::HTTPServer> _server;
};

/// Answers with a whole body.
void answer(FakeControl::Response& response, int status, const std::string& type, const std::string& body);
void answerJson(FakeControl::Response& response, const std::string& body);
/// Begins a text/event-stream in chunks.
std::ostream& stream(FakeControl::Response& response);

/// Runs one command line against the fake; what it wrote. Throws what the command throws.
std::string run(const FakeControl& control, const std::vector<std::string>& words,
                Invocation::Options options = {});

/// The text of the failure that `action` must end with.
std::string failureOf(ExitCode code, const std::function<void()>& action);

void assertHas(const std::string& text, const std::string& part);

}  // namespace clustermanager::cmctl::test
