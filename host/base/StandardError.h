#pragma once

#include <string>
#include <string_view>

namespace clustermanager {

/// Writes the line, and a newline, to standard error. For what has nowhere else to go: where nobody reads (a
/// full pipe, a stopped terminal) it waits for 100 ms at most, and the rest is not written. From any thread.
void tellStandardError(std::string line);

/// The same for a text that ends with its newline already. Takes no memory, so a signal handler may call it.
void writeStandardError(std::string_view text);

}  // namespace clustermanager
