#pragma once

#include <Poco/AutoPtr.h>
#include <Poco/Util/AbstractConfiguration.h>
#include <Poco/Util/MapConfiguration.h>

#include "clustermanager/plugin.hpp"

namespace cm {

/// A copy of the plugin's own section: "greeting" for plugin.hello.greeting.
inline Poco::AutoPtr<Poco::Util::AbstractConfiguration> configuration(const Context& context)
{
    Poco::AutoPtr<Poco::Util::MapConfiguration> copy(new Poco::Util::MapConfiguration);
    for (const auto& [key, value] : context.settings()) copy->setString(key, value);
    return copy;
}

}  // namespace cm
