#include "config/NearestKey.h"

#include <algorithm>
#include <numeric>

namespace clustermanager::config {

namespace {

constexpr std::size_t kLongestWord = 64;

char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

std::size_t editDistance(std::string_view left, std::string_view right)
{
    left = left.substr(0, kLongestWord);
    right = right.substr(0, kLongestWord);
    std::vector<std::size_t> previous(right.size() + 1);
    std::iota(previous.begin(), previous.end(), std::size_t{0});
    std::vector<std::size_t> current(right.size() + 1);
    for (std::size_t row = 1; row <= left.size(); ++row)
    {
        current[0] = row;
        for (std::size_t column = 1; column <= right.size(); ++column)
        {
            const std::size_t changed = lower(left[row - 1]) == lower(right[column - 1]) ? 0 : 1;
            current[column] =
                std::min({previous[column] + 1, current[column - 1] + 1, previous[column - 1] + changed});
        }
        previous.swap(current);
    }
    return previous[right.size()];
}

std::optional<std::string> nearestKey(std::string_view word, const std::vector<std::string>& known,
                                      std::size_t farthest)
{
    std::optional<std::string> nearest;
    for (const std::string& candidate : known)
    {
        const std::size_t distance = editDistance(word, candidate);
        if (distance > farthest || (distance == farthest && nearest)) continue;
        nearest = candidate;
        farthest = distance;
    }
    return nearest;
}

std::string didYouMean(std::string_view word, const std::vector<std::string>& known)
{
    const std::size_t farthest = std::max<std::size_t>(2, word.size() / 2);
    const std::optional<std::string> nearest = nearestKey(word, known, farthest);
    return nearest ? "; did you mean '" + *nearest + "'?" : "";
}

}  // namespace clustermanager::config
