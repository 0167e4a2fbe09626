#pragma once

#include <string>

namespace clustermanager::crash {

/// "Foo::bar(int)" for "_ZN3Foo3barEi": what a person reads. What cannot be translated, is no mangled name,
/// or would become very long stays as it is. Always valid UTF-8 without control characters, and bounded.
std::string readableName(const std::string& symbol);

/// Any bytes as text of that kind: what does not fit becomes '?', and what is over `most` bytes is cut.
std::string plainText(const std::string& bytes, std::size_t most);

}  // namespace clustermanager::crash
