#pragma once

#include <string>

namespace clustermanager::runtime {

/// Why this cannot be taken for a whole plugin of ours that we may run; "" where it can. Maps nothing, so a
/// file that is cut off meanwhile does no harm.
std::string whyNotWhole(const std::string& path);

}  // namespace clustermanager::runtime
