#pragma once

#include <string>

namespace clustermanager::bench {

/// Three significant digits or more, no exponent: 0.613, 12.3, 1040.
std::string decimal(double value);

/// A JSON string with its quotes.
std::string quoted(const std::string& text);

}  // namespace clustermanager::bench
