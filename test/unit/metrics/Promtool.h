#pragma once

#include <string>

namespace clustermanager::test {

/// Prometheus' own opinion: what `promtool ARGUMENTS` says of that on its standard input; "" where it is
/// good. Fails the test where there is no promtool (Debian's package prometheus).
std::string promtool(const std::string& arguments, const std::string& input = "");

}  // namespace clustermanager::test
