#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace clustermanager::app {

/// `--hash-token NAME ROLE [-]`: the line for webServerTokensFile goes to `out`, and a token that was made up
/// to `err`, so that the one can be appended to the file while a person sees the other. The exit code.
int hashToken(const std::vector<std::string>& arguments, std::istream& in, std::ostream& out,
              std::ostream& err);

}  // namespace clustermanager::app
