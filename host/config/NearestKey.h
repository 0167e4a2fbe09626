#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace clustermanager::config {

/// Levenshtein's distance, upper and lower case being the same letter. Words are cut at 64 characters, so
/// that no input makes this slow.
std::size_t editDistance(std::string_view left, std::string_view right);

/// The known word with the smallest distance of at most `farthest`; of equals the first.
std::optional<std::string> nearestKey(std::string_view word, const std::vector<std::string>& known,
                                      std::size_t farthest);

/// "; did you mean 'count'?" where some known word is near enough to be meant, else "".
std::string didYouMean(std::string_view word, const std::vector<std::string>& known);

}  // namespace clustermanager::config
