#include "unit/control/RunningControl.h"

namespace clustermanager::control::test {

namespace {

ControlOptions onBoth(ControlOptions options, const std::string& path)
{
    options.socketPath = path;
    options.tcpAddress = "127.0.0.1";
    options.tcpPort = 0;
    return options;
}

}  // namespace

RunningControl::RunningControl(ControlOptions options)
    : server(onBoth(std::move(options), path()), host, host, host.journal)
{
    server.start();
}

std::string RunningControl::ask(const std::string& method, const std::string& target,
                                const std::string& fields) const
{
    return exchange(toTcp(),
                    method + ' ' + target + " HTTP/1.1\r\nHost: " + endpoint() + "\r\n" + fields + "\r\n");
}

}  // namespace clustermanager::control::test
