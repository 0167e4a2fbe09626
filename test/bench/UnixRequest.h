#pragma once

#include <string>

namespace clustermanager::bench {

/// The whole answer to a GET over a Unix socket; "" where nobody answers (yet).
std::string unixRequest(const std::string& socketPath, const std::string& target);

}  // namespace clustermanager::bench
