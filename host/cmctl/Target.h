#pragma once

#include <cstdint>
#include <string>

#include "cmctl/Invocation.h"

namespace clustermanager::cmctl {

/// Where the control port of the host is, and how one gets in.
struct Target
{
    enum class Kind : std::uint8_t
    {
        Unix,
        Http,
        Https
    };

    Kind kind = Kind::Unix;
    std::string path;  // of the socket
    std::string host;
    std::uint16_t port = 0;
    std::string token;
    std::string caFile;
    std::string certFile;
    std::string keyFile;
    std::string foundBy;  // what said so: "--socket", "CM_CONTROL_SOCKET", ...

    /// For people: "/run/cm/control.sock", "https://cm.example:5111".
    std::string text() const;
};

/// From the strongest: --socket or --url, CM_CONTROL_SOCKET, the configuration (of --config, else the file
/// that the host itself would read beside the program), the host's default in the working folder.
Target findTarget(const Invocation& asked, const std::string& programFolder);

}  // namespace clustermanager::cmctl
