#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "Stamps.h"
#include "base/FileDescriptor.h"

/// The least that is needed to ask an HTTP server on 127.0.0.1.
namespace clustermanager::bench {

/// A port that was free a moment ago.
std::uint16_t freePort();

/// A connection under way, non-blocking; holds no descriptor where none could be made.
FileDescriptor connectTo(std::uint16_t port);

std::string requestText(const std::string& target, bool keepAlive);

/// Where the first answer in `bytes` ends, once it is there whole.
std::optional<std::size_t> answerEnd(const std::string& bytes);

/// Waits until the port answers with 200.
bool waitAnswering(std::uint16_t port, Millis patience);

/// One request on a connection of its own.
class Request
{
public:
    Request(std::uint16_t port, const std::string& target);

    /// Whether the answer is there. Waits for it so long.
    bool answered(Millis patience);
    bool ok() const { return _bytes.compare(0, 12, "HTTP/1.1 200") == 0; }

private:
    FileDescriptor _socket;
    std::string _bytes;
};

}  // namespace clustermanager::bench
