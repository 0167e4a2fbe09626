#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace clustermanager::plugin {

/// The plugin's view of its settings: what the plan holds, without the logging.* keys, which are the host's.
/// Keeps pointers into the list it was made of, which must outlive it and stay as it is.
class Settings
{
public:
    using Pair = std::pair<std::string, std::string>;

    explicit Settings(const std::vector<Pair>& sortedByKey);

    /// Null where there is none.
    const char* find(const char* key) const;

    std::size_t size() const { return _pairs.size(); }
    const Pair& at(std::size_t position) const { return *_pairs[position]; }

private:
    std::vector<const Pair*> _pairs;  // sorted by key
};

}  // namespace clustermanager::plugin
