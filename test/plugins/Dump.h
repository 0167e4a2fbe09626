#pragma once

#include <string>

/// Writes what this process was given as JSON into a file: descriptors, environment, signal sets, umask,
/// working folder, process group, limits.
void dumpProcess(const std::string& path);
