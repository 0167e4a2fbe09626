#pragma once

#include <string>

namespace clustermanager::child {

/// Moves `path` to path.0, the youngest of its archives, and each of those on by one, so that at most
/// `archives` are left. 0: `path` is unlinked. Whether it is away; where there was nothing it is.
bool archiveLog(const std::string& path, unsigned archives);

}  // namespace clustermanager::child
