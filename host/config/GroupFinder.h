#pragma once

#include <map>
#include <string>
#include <vector>

#include "config/Reading.h"
#include "config/Section.h"

namespace clustermanager::config {

struct FoundGroup
{
    std::string name;
    std::string path;  // absolute; "" for the embedded group
};

/// Which groups there are: the plugins named on the command line in their order, then by name the executable
/// itself, each [plugin.NAME] that is enabled, and each *.so of the plugins folder (which is not read where
/// the command line names plugins). `sections` holds the section of each [plugin.NAME].
std::vector<FoundGroup> findGroups(Reading& reading, const Section& cluster,
                                   const std::map<std::string, Section>& sections);

}  // namespace clustermanager::config
