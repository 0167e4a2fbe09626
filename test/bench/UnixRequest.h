#pragma once

#include <string>

namespace clustermanager::bench {

/// The whole answer to a request over a Unix socket; "" where nobody answers (yet).
std::string unixRequest(const std::string& socketPath, const std::string& target,
                        const std::string& method = "GET");

}  // namespace clustermanager::bench
