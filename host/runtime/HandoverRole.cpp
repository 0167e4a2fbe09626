#include "runtime/HandoverRole.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>

namespace clustermanager::runtime {
namespace {

constexpr const char* kVariable = "CM_HANDOVER";
constexpr std::size_t kAnswerBytesMax = 1024;
constexpr char kKinds[] = {'r', 't', 'b'};  // by Kind

/// A descriptor that is open; -1 where it is not.
HandedFd parseFd(const char*& next, const char* end)
{
    int fd = -1;
    const auto [rest, error] = std::from_chars(next, end, fd);
    next = rest;
    if (error != std::errc{} || fd < 0 || ::fcntl(fd, F_GETFD) < 0) return {};
    return {fd};
}

}  // namespace

std::string HandoverRole::variable() const
{
    return std::string(kVariable) + '=' + kKinds[static_cast<std::size_t>(kind)] + ':' +
           std::to_string(state.number) + ':' + std::to_string(other.number) + ':' + reason;
}

void HandoverRole::answer(const std::string& text) const
{
    (void)!::write(other.number, text.data(), std::min(text.size(), kAnswerBytesMax));
}

/// "t:7:8:", "b:7:8:it was not up within 10 s"
std::optional<HandoverRole> HandoverRole::take()
{
    // NOLINTBEGIN(concurrency-mt-unsafe): there is no other thread yet
    const char* variable = std::getenv(kVariable);
    if (variable == nullptr) return std::nullopt;
    const std::string text = variable;
    (void)::unsetenv(kVariable);
    // NOLINTEND(concurrency-mt-unsafe)
    if (text.size() < 2 || text[1] != ':') return std::nullopt;

    HandoverRole role;
    bool known = false;
    for (std::size_t i = 0; i < std::size(kKinds); ++i)
        if (text[0] == kKinds[i])
        {
            role.kind = static_cast<Kind>(i);
            known = true;
        }
    const char* next = text.data() + 2;
    const char* const end = text.data() + text.size();
    role.state = parseFd(next, end);
    if (!known || role.state.number < 0 || next == end || *next++ != ':') return std::nullopt;
    role.other = parseFd(next, end);
    if (role.other.number < 0) return std::nullopt;
    if (next != end) role.reason.assign(next + 1, end);
    return role;
}

}  // namespace clustermanager::runtime
