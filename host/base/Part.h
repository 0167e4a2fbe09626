#pragma once

#include <string>
#include <variant>

namespace clustermanager {

/// A part of the host that is a file of its own, because not every process needs what it needs.
struct Part
{
    std::string path;
};
struct NoPart
{
    std::string problem;  // X
};

/// Looked for in the program's RUNPATH, which the build sets: ../lib/clustermanager in an installed host, the
/// folder of the installation in a program that embeds one.
std::variant<Part, NoPart> findPart(const std::string& name);

}  // namespace clustermanager
