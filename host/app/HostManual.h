#pragma once

#include <Poco/Util/OptionSet.h>

#include <string>

/// The manual pages of the host, made from its tables.
namespace clustermanager::app {

/// clustermanager(8): the program.
std::string programManual(const Poco::Util::OptionSet& options);

/// clustermanager.conf(5): every key of the configuration.
std::string configurationManual();

}  // namespace clustermanager::app
