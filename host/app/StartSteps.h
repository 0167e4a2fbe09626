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

/// mkdir -p, and where the folder was not there members of `group` may make files in it. Why it cannot be
/// written to, or nothing; throws not.
std::error_code makeLogFolder(const std::string& folder, std::optional<gid_t> group);

/// That of the first account that a group's processes run as; nothing where all are what the host is.
std::optional<gid_t> logGroup(const config::HostConfig& config);

/// As it is seen from the folder.
std::string absolutePath(const std::string& folder, const std::string& path);

/// clustermanager.properties, .ini, .xml or .json in the program's own folder ("/usr/bin/"), the strongest
/// last.
std::vector<std::string> besideTheProgram(const std::string& folder);

/// Throws runtime::StartError where /proc is missing.
void requireProc();

/// Raises the limit of open files where children and streams need it; warns where it cannot be raised enough
/// for the children.
void makeRoomForChildren(const config::HostConfig& config);

/// A core file of this process would show tokens and keys. Its children have a limit of their own.
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
