#pragma once

#include <sys/stat.h>

#include <string>

namespace clustermanager::runtime {

/// Why a plugin's file is not one whose code this process may run: running as root means that whoever can
/// write it, or a folder above it, is root too, so nobody else may. "" where it may, and for all but root.
std::string whyNotTrusted(const std::string& path, const struct stat& file);

}  // namespace clustermanager::runtime
