#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "unit/control/RawClient.h"

namespace clustermanager::control::test {

/// Reads an answer that goes on, event by event. What does not come in time is an error of the test.
class StreamClient
{
public:
    struct Event
    {
        std::uint64_t id = 0;
        std::string kind;
        std::string data;
    };

    /// Sends the request.
    StreamClient(RawClient client, const std::string& target, const std::string& fields = "");

    /// The head of the answer, with its empty line.
    const std::string& head();
    /// The next event. What is no event (retry, comments) is passed over.
    Event next();
    /// The next line that is not empty, whatever it is.
    std::string line();
    /// The data of so many events.
    std::vector<std::string> data(std::size_t count);
    /// All up to the end of the connection.
    std::string rest();

    int descriptor() const { return _client.descriptor(); }

private:
    std::string upTo(const char* end);

    RawClient _client;
    std::string _head;
    std::string _bytes;  // not looked at
};

}  // namespace clustermanager::control::test
