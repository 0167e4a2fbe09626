#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "Bed.h"

namespace clustermanager::bench {

/// A server with four workers that can be reloaded and whose workers can be killed: ours, or one beside it.
/// Each worker serves one request at a time, and every answer's body is "Hello\n".
class Contender
{
public:
    static constexpr unsigned kWorkers = 4;

    virtual ~Contender() = default;
    virtual const char* name() const = 0;
    virtual void reload() const = 0;
    /// Those that serve now.
    virtual std::vector<pid_t> workers() const = 0;
    std::uint16_t port() const { return _port; }

protected:
    explicit Contender(std::uint16_t port) : _port(port) {}

private:
    const std::uint16_t _port;
};

/// All answering: ours and the bare loop, whose workers run the same code; the example plugin hello; nginx,
/// where it is installed. Throws where one does not answer.
std::vector<std::unique_ptr<Contender>> startContenders(const Bed& bed);

}  // namespace clustermanager::bench
