#pragma once

#include <map>
#include <string>

#include <Poco/AutoPtr.h>
#include <Poco/Util/AbstractConfiguration.h>

#include "config/ConfigLoader.h"
#include "config/FlatEntries.h"

namespace clustermanager::config {

/// The keys of several places as one configuration that still knows where each was written. What is set
/// later wins over what was set earlier, but never over a definition.
class MergedKeys
{
public:
    void set(const std::map<std::string, std::string>& keys);
    void set(const FlatEntries& entries, const std::string& prefix, const std::string& file);
    void define(const std::map<std::string, std::string>& keys);

    const Origins& origins() const { return _origins; }

    /// With Poco's system.* keys, which variables may name.
    Poco::AutoPtr<Poco::Util::AbstractConfiguration> configuration() const;

private:
    std::map<std::string, std::string> _values;
    std::map<std::string, std::string> _definitions;
    Origins _origins;
};

}  // namespace clustermanager::config
