#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "Latencies.h"

namespace clustermanager::load {

/// How a request is lost.
enum class Loss : std::uint8_t
{
    Refused,    // no connection
    Reset,      // the connection was reset before the whole answer had come
    Closed,     // ... or ended, with nothing of an answer
    Truncated,  // ... or ended within the answer
    Wrong,      // an answer that is not the one expected, or bytes that no request asked for
    TimedOut,
    NoSocket,  // this machine gave the client no socket: no fault of the server
};
constexpr std::size_t kLossKinds = 7;

const char* name(Loss loss);

/// What became of the requests of a load.
struct Tally
{
    static constexpr std::size_t kStoriesMax = 40;

    std::uint64_t answered = 0;  // whole and correct
    std::array<std::uint64_t, kLossKinds> losses{};
    std::vector<std::string> stories;  // of the first losses: what happened to each

    // No losses, but worth to know:
    std::uint64_t closedIdle = 0;        // connections that ended without notice while no request was sent
    std::uint64_t closedByNotice = 0;    // connections kept alive until an answer said "Connection: close"
    std::uint64_t resetAfterAnswer = 0;  // a reset in place of an end, after the whole last answer

    Latencies latencies;  // of the answered, from the first byte sent, or from the connect that it needed
    Latencies lateness;   // the same from the moment planned, where there is a plan

    std::uint64_t of(Loss loss) const { return losses[static_cast<std::size_t>(loss)]; }
    std::uint64_t lost() const;
    Tally& operator+=(const Tally& other);

    /// One line.
    std::string numbers() const;
    /// The same, and a line for each story.
    std::string text() const;
};

}  // namespace clustermanager::load
