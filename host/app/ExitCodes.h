#pragma once

#include <Poco/Util/Application.h>

#include <array>
#include <string_view>

namespace clustermanager::app {

struct ExitCodeRow
{
    int code;
    std::string_view meaning;
};

/// How the host ends, for --help and the manual page.
constexpr std::array<ExitCodeRow, 8> kExitCodes{{
    {Poco::Util::Application::EXIT_OK, "stopped"},
    {Poco::Util::Application::EXIT_USAGE, "usage"},
    {Poco::Util::Application::EXIT_UNAVAILABLE, "a plugin or address cannot be had"},
    {Poco::Util::Application::EXIT_SOFTWARE, "a group gave up"},
    {Poco::Util::Application::EXIT_OSERR, "the system refused"},
    {Poco::Util::Application::EXIT_CANTCREAT, "a file cannot be made"},
    {Poco::Util::Application::EXIT_NOPERM, "permission"},
    {Poco::Util::Application::EXIT_CONFIG, "configuration"},
}};

}  // namespace clustermanager::app
