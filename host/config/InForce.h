#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "config/HostConfig.h"
#include "config/Reading.h"
#include "config/Section.h"

namespace clustermanager::config {

/// Every key of ours that a group can have, by its name in the section, with the value in force for this
/// group. Two spellings of one value are the same here.
std::map<std::string, std::string> groupInForce(const Group& group, const Section& section);

/// Every key of ours with the value in force: all of [cluster], logging.format, all of [listen], and of each
/// group its file, its listeners and what differs from [cluster]. Secrets are "***", an absent value is "".
/// The plugins' own keys are not ours to show.
std::vector<std::pair<std::string, std::string>> inForce(Reading& reading, const HostConfig& host,
                                                         const Section& cluster,
                                                         const std::map<std::string, Section>& sections,
                                                         unsigned defaultCount);

}  // namespace clustermanager::config
