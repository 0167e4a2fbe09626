#include "base/AcceptQueue.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <array>
#include <cstring>

namespace clustermanager {
namespace {

std::optional<AcceptQueue> tcpQueue(int socket)
{
    tcp_info info = {};
    socklen_t size = sizeof info;
    if (::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return std::nullopt;
    // Of a socket that listens, these two are its queue.
    return AcceptQueue{info.tcpi_unacked, info.tcpi_sacked};
}

struct UnixQuestion
{
    nlmsghdr head;
    unix_diag_req request;
};

UnixQuestion questionOf(ino_t inode)
{
    constexpr std::uint32_t kAnyCookie = ~std::uint32_t{0};
    UnixQuestion question = {};
    question.head.nlmsg_len = sizeof question;
    question.head.nlmsg_type = SOCK_DIAG_BY_FAMILY;
    question.head.nlmsg_flags = NLM_F_REQUEST;
    question.request.sdiag_family = AF_UNIX;
    question.request.udiag_states = ~std::uint32_t{0};
    question.request.udiag_ino = static_cast<std::uint32_t>(inode);
    question.request.udiag_show = UDIAG_SHOW_RQLEN;
    question.request.udiag_cookie[0] = question.request.udiag_cookie[1] = kAnyCookie;
    return question;
}

std::optional<AcceptQueue> queueIn(const std::uint8_t* answer, std::size_t size)
{
    constexpr std::size_t kHead = NLMSG_LENGTH(sizeof(unix_diag_msg));
    nlmsghdr head = {};
    if (size < kHead) return std::nullopt;
    std::memcpy(&head, answer, sizeof head);
    if (head.nlmsg_type != SOCK_DIAG_BY_FAMILY || head.nlmsg_len > size) return std::nullopt;
    for (std::size_t at = NLMSG_ALIGN(kHead); at + sizeof(rtattr) <= head.nlmsg_len;)
    {
        rtattr attribute = {};
        std::memcpy(&attribute, answer + at, sizeof attribute);
        unix_diag_rqlen queue = {};
        if (attribute.rta_len < sizeof attribute || at + attribute.rta_len > head.nlmsg_len)
            return std::nullopt;
        if (attribute.rta_type == UNIX_DIAG_RQLEN && attribute.rta_len >= RTA_LENGTH(sizeof queue))
        {
            std::memcpy(&queue, answer + at + RTA_LENGTH(0), sizeof queue);
            return AcceptQueue{queue.udiag_rqueue, queue.udiag_wqueue};
        }
        at += RTA_ALIGN(attribute.rta_len);
    }
    return std::nullopt;
}

/// The kernel answers within send(2).
std::optional<AcceptQueue> unixQueue(int socket)
{
    struct stat file = {};
    const FileDescriptor netlink(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
    if (!netlink || ::fstat(socket, &file) != 0) return std::nullopt;
    const UnixQuestion question = questionOf(file.st_ino);
    if (::send(netlink.get(), &question, sizeof question, 0) < 0) return std::nullopt;
    std::array<std::uint8_t, 1024> answer = {};
    const ssize_t size = ::recv(netlink.get(), answer.data(), answer.size(), MSG_DONTWAIT);
    return size < 0 ? std::nullopt : queueIn(answer.data(), static_cast<std::size_t>(size));
}

}  // namespace

std::optional<AcceptQueue> acceptQueue(const FileDescriptor& socket)
{
    int family = 0;
    socklen_t size = sizeof family;
    if (::getsockopt(socket.get(), SOL_SOCKET, SO_DOMAIN, &family, &size) != 0) return std::nullopt;
    return family == AF_UNIX ? unixQueue(socket.get()) : tcpQueue(socket.get());
}

}  // namespace clustermanager
