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
    std::string problem;  // "'clustermanager-tls.so' is in none of /a, /b"
};

/// Looked for where this program looks for its shared libraries, so first where its RUNPATH says:
/// ../lib/clustermanager in an installed host, and the folder of the package in a program that embeds it.
std::variant<Part, NoPart> findPart(const std::string& name);

}  // namespace clustermanager
