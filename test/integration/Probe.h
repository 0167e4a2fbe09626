#pragma once

#include <string>

#include <Poco/JSON/Object.h>

namespace clustermanager::integration {

/// The remote control of one actor process (test/plugins/Commands.h lists the commands). Holds one
/// connection, so it speaks to one process and notices its end.
class Probe
{
public:
    /// Waits until somebody listens there.
    explicit Probe(const std::string& path);
    ~Probe();
    Probe(Probe&& other) noexcept;
    Probe(const Probe&) = delete;
    Probe& operator=(const Probe&) = delete;
    Probe& operator=(Probe&&) = delete;

    /// The answer; "" where the process ended instead.
    std::string ask(const std::string& command) const;

    Poco::JSON::Object::Ptr askJson(const std::string& command) const;

    /// Whether the process hung up.
    bool waitForHangUp() const;

private:
    int _socket = -1;
};

}  // namespace clustermanager::integration
