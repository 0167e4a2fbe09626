#pragma once

#include <string>
#include <vector>

namespace clustermanager::cmctl {

struct ProjectFile
{
    std::string path;  // within the project
    std::string content;
    bool program = false;
};

/// What `cmctl new NAME` writes: a plugin, or a program that is its own plugin, with its build, a test that
/// runs it in a host, a configuration and a README.
std::vector<ProjectFile> projectFiles(const std::string& name, bool embedded);

}  // namespace clustermanager::cmctl
