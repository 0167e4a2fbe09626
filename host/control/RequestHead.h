#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "control/Reply.h"

namespace clustermanager::control {

constexpr std::size_t kMaxHead = 16'384;
constexpr std::size_t kMaxBody = 16'384;
constexpr std::size_t kMaxTarget = 2048;
constexpr std::size_t kMaxFields = 64;
constexpr std::size_t kMaxFieldName = 64;
constexpr std::size_t kMaxFieldValue = 4096;

struct HeaderField
{
    std::string name;   // in lower case
    std::string value;  // without the space around it
};

/// The head of one request, read by a grammar that is stricter than the standard: what two programs could
/// read in two ways is refused, so that this reading and that of any parser behind it are the same.
///
/// Invariants of every RequestHead that parseRequestHead returns:
///  - the method is GET, HEAD or POST; the target starts with '/' and is visible ASCII without '#';
///  - names are tokens, values are printable ASCII and tabs, without encoded words ("=?");
///  - there is one Host field, or none in HTTP/1.0; no Transfer-Encoding, Expect, Upgrade or Trailer; the
///    body's length is known and at most kMaxBody.
struct RequestHead
{
    std::string method;
    std::string target;
    bool http10 = false;
    std::vector<HeaderField> fields;
    std::size_t contentLength = 0;

    /// The values of every field of that name (lower case), in order.
    std::vector<std::string_view> all(std::string_view name) const;
    /// The first one's value.
    std::optional<std::string_view> first(std::string_view name) const;
};

/// The head, or the answer to one that is refused. `bytes` is all up to and with the empty line.
std::variant<RequestHead, Reply> parseRequestHead(std::string_view bytes);

/// Looks at the request line alone (without its end), so that what is not HTTP is refused at its first line.
/// Nothing: it is fine.
std::optional<Reply> refuseRequestLine(std::string_view line);

/// Whether this is a host name, IPv4 or bracketed IPv6 address, and perhaps a port.
bool isAuthority(std::string_view text);

}  // namespace clustermanager::control
