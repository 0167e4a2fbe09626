#pragma once

#include <Poco/Channel.h>

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "base/FileDescriptor.h"
#include "child/JsonFormatter.h"

namespace clustermanager::child {

/// journald by its native protocol: one record, one packet, with the fields MESSAGE, PRIORITY,
/// SYSLOG_IDENTIFIER, CM_LOGGER, CM_GROUP, CM_CHILD_ID and TID.
///
///     path         the socket, /run/systemd/journal/socket
///     identifier   SYSLOG_IDENTIFIER, "clustermanager"
///
/// What is too large for a packet goes as a sealed file. A journal that does not read, or is not there, costs
/// the record, never the caller's time; the next one that it takes says how many were lost. Text is one line
/// of printable UTF-8, cut after kTextMax. Any thread.
class JournalChannel : public Poco::Channel
{
public:
    static constexpr std::size_t kTextMax = 1'000'000;

    /// `origin` outlives this.
    explicit JournalChannel(const LogOrigin& origin) : _origin(origin) {}

    void log(const Poco::Message& message) override;
    void setProperty(const std::string& name, const std::string& value) override;
    std::string getProperty(const std::string& name) const override;

protected:
    ~JournalChannel() override = default;

private:
    std::string record(const Poco::Message& message) const;
    bool send(const std::string& record);
    bool sendPacket(std::string_view bytes, int file);

    const LogOrigin& _origin;
    mutable std::mutex _mutex;  // guards what follows
    std::string _path = "/run/systemd/journal/socket";
    std::string _identifier = "clustermanager";
    FileDescriptor _socket;
    std::uint64_t _unreported = 0;  // records lost since the last one that was taken
};

/// The journal's number for a Poco priority: that of syslog(3), which ends with "debug".
int journalPriority(int pocoPriority);

}  // namespace clustermanager::child
