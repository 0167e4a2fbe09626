#pragma once

#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>

#include <condition_variable>
#include <istream>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "base/Types.h"
#include "cmctl/Target.h"

namespace clustermanager::cmctl {

/// One request to the host and its answer, over a connection of its own.
///
/// Threading: one thread at a time, but for abort().
class Exchange
{
public:
    /// Connects; a Failure (unreachable) where that does not succeed within `patience`.
    Exchange(const Target& target, Millis patience);

    /// Sends the request and reads the head of the answer: its status.
    int send(const std::string& method, const std::string& path, const std::string& lastEventId = "");

    const std::string& contentType() const { return _response.getContentType(); }
    std::istream& body() { return *_body; }

    /// How long one read may take from now on.
    void setReadTimeout(Millis patience);

    /// Ends every wait for the host. Any thread.
    void abort() noexcept;

private:
    std::unique_ptr<Poco::Net::HTTPClientSession> _session;
    std::string _host;
    std::string _token;
    Poco::Net::StreamSocket _socket;  // the one of the session
    Poco::Net::HTTPResponse _response;
    std::istream* _body = nullptr;
};

/// Aborts an exchange that is not over in time, whatever the host sends or does not.
class Deadline
{
public:
    Deadline(Exchange& exchange, Millis patience);
    ~Deadline();
    Deadline(const Deadline&) = delete;
    Deadline& operator=(const Deadline&) = delete;
    Deadline(Deadline&&) = delete;
    Deadline& operator=(Deadline&&) = delete;

    bool passed() const;

private:
    mutable std::mutex _mutex;
    std::condition_variable _changed;
    bool _over = false;
    bool _passed = false;
    std::thread _watch;
};

}  // namespace clustermanager::cmctl
