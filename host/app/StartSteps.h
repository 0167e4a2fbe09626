#pragma once

#include <optional>
#include <string>
#include <system_error>
#include <variant>
#include <vector>

#include "child/ChildMain.h"
#include "config/HostConfig.h"
#include "control/StreamSeats.h"
#include "runtime/MasterFunction.h"
#include "runtime/PluginFile.h"

/// What a start does beside reading the configuration. Each throws runtime::StartError with the sentence and
/// the exit code.
namespace clustermanager::app {

/// mkdir -p. Why it cannot be written to, or nothing; throws not.
std::error_code makeFolder(const std::string& folder);

/// Where it was not there it then belongs to the account of the first group that has one of its own.
void makeLogFolder(const config::HostConfig& config);

/// clustermanager.properties, .ini, .xml or .json in the program's own folder ("/usr/bin/"), the strongest
/// last.
std::vector<std::string> besideTheProgram(const std::string& folder);

/// Raises the limit of open files where children and streams need it; warns where it cannot be raised enough
/// for the children.
void makeRoomForChildren(const config::HostConfig& config);

/// A core file of this process could show tokens and keys. Its children have a limit of their own.
void leaveNoCoreFile();

/// How many streams the limit of open files leaves room for.
control::StreamLimits streamsThatFit(const config::HostConfig& config);

/// One for each group, in order; without a copy where the group is embedded.
std::vector<runtime::PluginFile> stagePlugins(const config::HostConfig& config);

/// run_master of the executable itself (copy -1), or of a plugin's sealed copy, which is mapped here for
/// good. On run_master's thread.
std::variant<runtime::MasterFunction::Entry, std::string>
findRunMaster(const std::optional<child::Program>& embedded, int copy, const std::string& path);

}  // namespace clustermanager::app
