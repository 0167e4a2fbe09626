#include "child/JournalChannel.h"

#include <Poco/Exception.h>
#include <Poco/Message.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/SealedFile.h"
#include "child/LogLosses.h"
#include "child/LogText.h"

namespace clustermanager::child {

namespace {

constexpr std::size_t kNameMax = 512;

/// `value` has no newline, so that it needs no length.
void append(std::string& record, const char* field, std::string_view value)
{
    record += field;
    record += '=';
    record += value;
    record += '\n';
}

}  // namespace

int journalPriority(int pocoPriority)
{
    return std::clamp<int>(pocoPriority, 1, 7);
}

std::string JournalChannel::record(const Poco::Message& message) const
{
    std::string text;
    append(text, "MESSAGE", plainLogText(message.getText(), kTextMax));
    append(text, "PRIORITY", std::to_string(journalPriority(message.getPriority())));
    append(text, "SYSLOG_IDENTIFIER", _identifier);
    append(text, "CM_LOGGER", plainLogText(message.getSource(), kNameMax));
    if (!_origin.group.empty()) append(text, "CM_GROUP", _origin.group);
    if (!_origin.id.empty()) append(text, "CM_CHILD_ID", _origin.id);
    append(text, "TID", std::to_string(::syscall(SYS_gettid)));
    return text;
}

void JournalChannel::log(const Poco::Message& message)
{
    bool sent = false;
    try
    {
        const std::lock_guard lock(_mutex);
        if (_unreported != 0)
        {
            const std::string lost = std::to_string(_unreported) + " records dropped: the journal took none";
            if (send(record(Poco::Message("log", lost, Poco::Message::PRIO_WARNING)))) _unreported = 0;
        }
        sent = send(record(message));
        if (!sent) ++_unreported;
    }
    catch (...)  // no memory: the record is lost, whoever wanted to log is not
    {
        sent = false;
    }
    if (!sent) LogLosses::add();
}

bool JournalChannel::send(const std::string& record)
{
    if (!_socket) _socket.reset(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!_socket) return false;
    if (sendPacket(record, -1)) return true;
    if (errno != EMSGSIZE && errno != ENOBUFS) return false;
    const Result<FileDescriptor> file = sealBytes(
        "journal", reinterpret_cast<const std::uint8_t*>(record.data()), record.size(), Seals::Journal);
    return file && sendPacket({}, file.value().get());
}

/// errno says why not.
bool JournalChannel::sendPacket(std::string_view bytes, int file)
{
    sockaddr_un journal = {};
    journal.sun_family = AF_UNIX;
    std::memcpy(journal.sun_path, _path.c_str(), _path.size() + 1);
    iovec part{const_cast<char*>(bytes.data()), bytes.size()};
    msghdr packet = {};
    packet.msg_name = &journal;
    packet.msg_namelen = sizeof journal;
    alignas(cmsghdr) char room[CMSG_SPACE(sizeof(int))] = {};
    if (file < 0)
    {
        packet.msg_iov = &part;
        packet.msg_iovlen = 1;
    }
    else
    {
        packet.msg_control = room;
        packet.msg_controllen = sizeof room;
        cmsghdr* const passed = CMSG_FIRSTHDR(&packet);
        passed->cmsg_level = SOL_SOCKET;
        passed->cmsg_type = SCM_RIGHTS;
        passed->cmsg_len = CMSG_LEN(sizeof file);
        std::memcpy(CMSG_DATA(passed), &file, sizeof file);
    }
    ssize_t sent = -1;
    do sent = ::sendmsg(_socket.get(), &packet, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent >= 0;
}

void JournalChannel::setProperty(const std::string& name, const std::string& value)
{
    const std::lock_guard lock(_mutex);
    if (name == "path" && value.size() < sizeof(sockaddr_un::sun_path) && !value.empty())
        _path = value;
    else if (name == "identifier")
        _identifier = plainLogText(value, kNameMax);
    else
        throw Poco::PropertyNotSupportedException("JournalChannel: " + name + " = " + value);
}

std::string JournalChannel::getProperty(const std::string& name) const
{
    const std::lock_guard lock(_mutex);
    if (name == "path") return _path;
    if (name == "identifier") return _identifier;
    throw Poco::PropertyNotSupportedException("JournalChannel: " + name);
}

}  // namespace clustermanager::child
