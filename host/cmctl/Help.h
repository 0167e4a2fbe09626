#pragma once

#include <string>

#include "cmctl/CommandTable.h"

/// Texts for people, all of them made from the table.
namespace clustermanager::cmctl {

/// All commands, the options that each of them takes, the exit codes.
std::string generalHelp();

/// One command: its usage, its options, an example.
std::string commandHelp(const CommandRow& command);

/// cmctl(1) as roff.
std::string manualPage();

/// "-f, --follow", "--wait=DURATION"
std::string spelling(const OptionRow& option);

}  // namespace clustermanager::cmctl
