#include "Metering.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <poll.h>

#include <cerrno>
#include <iterator>
#include <sstream>
#include <vector>

namespace {

/// The child's end of its link: the one socket of that kind without a name.
int linkToMaster()
{
    for (int fd = 3; fd < 1024; ++fd)
    {
        int type = 0;
        socklen_t size = sizeof type;
        if (::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) != 0 || type != SOCK_SEQPACKET) continue;
        sockaddr_un name = {};
        socklen_t length = sizeof name;
        if (::getsockname(fd, reinterpret_cast<sockaddr*>(&name), &length) == 0 &&
            length == sizeof name.sun_family)
            return fd;
    }
    return -1;
}

}  // namespace

std::string meter(cm_context* context, const std::string& words)
{
    std::istringstream in(words);
    std::string kind;
    std::string name;
    std::string label;
    double value = 0;
    in >> kind >> name >> value >> label;
    const char* const labels[] = {"label", label.c_str(), nullptr};
    const double buckets[] = {1, 2};
    const bool isHistogram = kind == "histogram";
    cm_metric* metric = context->metric(context,
                                        isHistogram       ? CM_HISTOGRAM
                                        : kind == "gauge" ? CM_GAUGE
                                                          : CM_COUNTER,
                                        name.c_str(), "A test's.", label.empty() ? nullptr : labels, buckets,
                                        isHistogram ? std::size(buckets) : 0);
    if (metric == nullptr) return "refused";
    if (isHistogram)
        context->metric_observe(metric, value);
    else if (kind == "gauge")
        context->metric_set(metric, value);
    else
        context->metric_add(metric, value);
    return "ok";
}

std::string floodMetrics(cm_context* context, const std::string& count)
{
    static int calls = 0;
    ++calls;
    int made = 0;
    for (int i = 0; i < std::stoi(count); ++i)
    {
        const std::string label =
            std::to_string(::getpid()) + "-" + std::to_string(calls) + "-" + std::to_string(i);
        const char* const labels[] = {"label", label.c_str(), nullptr};
        cm_metric* metric =
            context->metric(context, CM_COUNTER, "flood_total", "A flood.", labels, nullptr, 0);
        context->metric_add(metric, 1);
        made += metric == nullptr ? 0 : 1;
    }
    return std::to_string(made);
}

std::string sendRaw(const std::string& hex)
{
    std::vector<char> bytes;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
        bytes.push_back(static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
    const bool sent = ::send(linkToMaster(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
                      static_cast<ssize_t>(bytes.size());
    return sent ? "ok" : "not sent";
}

std::string sendJunk(const std::string& words)
{
    std::size_t size = 0;
    const std::size_t wanted = std::stoul(words, &size);
    const std::string packet(std::stoul(words.substr(size)), '\xEE');
    pollfd link = {linkToMaster(), POLLOUT, 0};
    for (std::size_t sent = 0; sent < wanted; sent += packet.size())
    {
        (void)::poll(&link, 1, -1);
        if (::send(link.fd, packet.data(), packet.size(), MSG_NOSIGNAL | MSG_DONTWAIT) < 0 && errno == EPIPE)
            return "refused";
    }
    return "ok";
}
