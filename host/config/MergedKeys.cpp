#include "config/MergedKeys.h"

#include <Poco/Util/LayeredConfiguration.h>
#include <Poco/Util/MapConfiguration.h>
#include <Poco/Util/SystemConfiguration.h>

namespace clustermanager::config {

void MergedKeys::set(const std::map<std::string, std::string>& keys)
{
    for (const auto& [key, value] : keys) _values[key] = value;
}

void MergedKeys::set(const FlatEntries& entries, const std::string& prefix, const std::string& file)
{
    for (const auto& [key, entry] : entries.all())
    {
        if (_definitions.count(prefix + key) != 0) continue;
        _values[prefix + key] = entry.value;
        _origins[prefix + key] = {file, entry.line};
    }
}

void MergedKeys::define(const std::map<std::string, std::string>& keys)
{
    for (const auto& [key, value] : keys)
    {
        _values[key] = value;
        _definitions[key] = value;
        _origins.erase(key);
    }
}

Poco::AutoPtr<Poco::Util::AbstractConfiguration> MergedKeys::configuration() const
{
    Poco::AutoPtr<Poco::Util::MapConfiguration> map(new Poco::Util::MapConfiguration);
    for (const auto& [key, value] : _values) map->setString(key, value);
    Poco::AutoPtr<Poco::Util::LayeredConfiguration> layers(new Poco::Util::LayeredConfiguration);
    layers->add(map, 0);
    layers->add(Poco::AutoPtr<Poco::Util::SystemConfiguration>(new Poco::Util::SystemConfiguration), 1);
    return layers;
}

}  // namespace clustermanager::config
