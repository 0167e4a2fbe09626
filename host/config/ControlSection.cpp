#include "config/ControlSection.h"

#include <sys/stat.h>

#include "config/AccessSection.h"
#include "config/BoundedFile.h"
#include "config/ListenAddress.h"

namespace clustermanager::config {

namespace {

constexpr std::size_t kMaxTokenFile = 8'192;
constexpr const char* kPortVariable = "CM_WEBSERVER_PORT";

int readPort(Reading& reading, const Section& cluster)
{
    if (cluster.has("webServerPort")) return cluster.as<int>("webServerPort");
    const auto written = reading.environment(kPortVariable);
    if (!written) return -1;
    const auto parsed = parseOption(*findOption("webServerPort"), *written);
    if (const auto* value = std::get_if<OptionValue>(&parsed)) return static_cast<int>(value->number);
    reading.problem(kPortVariable, "the environment variable is wrong: " + std::get<std::string>(parsed));
    return -1;
}

std::string tokenFromFile(Reading& reading, const std::string& key, const std::string& path)
{
    const auto read = readBoundedFile(path, kMaxTokenFile);
    if (const auto* why = std::get_if<std::string>(&read))
    {
        reading.problem(key, *why);
        return "";
    }
    const BoundedFile& file = std::get<BoundedFile>(read);
    if ((file.mode & (S_IRWXG | S_IRWXO)) != 0)
    {
        reading.problem(key, inQuotes(path) + " is open to its group or to others: chmod 600 it");
        return "";
    }
    const auto parsed = parseOption(*findOption("webServerToken"), file.content);
    if (const auto* value = std::get_if<OptionValue>(&parsed)) return value->text;
    reading.problem(key, inQuotes(path) + " " + std::get<std::string>(parsed));
    return "";
}

std::string readToken(Reading& reading, const Section& cluster)
{
    if (!cluster.has("webServerTokenFile")) return cluster.text("webServerToken");
    const std::string key = cluster.key("webServerTokenFile");
    if (cluster.has("webServerToken"))
        reading.problem(key, "is set, and so is cluster.webServerToken: keep one of them");
    const std::string path = reading.resolvedPath(key, cluster.text("webServerTokenFile"));
    return path.empty() ? "" : tokenFromFile(reading, key, path);
}

std::string readSocket(Reading& reading, const Section& cluster)
{
    const std::string key = cluster.key("controlSocket");
    std::string path = reading.resolvedPath(key, cluster.text("controlSocket"));
    if (path.size() > kMaxUnixPath)
        reading.problem(key, inQuotes(path) + " is too long for a Unix socket: it has " +
                                 std::to_string(path.size()) + " bytes, " + std::to_string(kMaxUnixPath) +
                                 " fit");
    return path;
}

std::string historyFile(Reading& reading, const Section& cluster, const std::string& controlSocket)
{
    if (cluster.has("historyFile"))
        return reading.resolvedPath(cluster.key("historyFile"), cluster.text("historyFile"));
    return controlSocket.substr(0, controlSocket.rfind('/') + 1) + "history.db";
}

}  // namespace

void readControl(Reading& reading, const Section& cluster, HostConfig& host)
{
    const std::size_t problemsBefore = reading.problems().size();
    host.webServerPort = readPort(reading, cluster);
    host.webServerAddress = cluster.text("webServerAddress");
    host.webServerToken = readToken(reading, cluster);
    host.controlSocket = readSocket(reading, cluster);
    host.history = cluster.flag("history");
    host.historyFile = historyFile(reading, cluster, host.controlSocket);
    host.historyMaxRows = cluster.as<std::uint64_t>("historyMaxRows");
    host.historyMaxAge = Millis{cluster.number("historyMaxAgeMs")};
    readAccess(reading, cluster, host);
    const bool guarded =
        !host.webServerToken.empty() || !host.webServerTokens.empty() || !host.certificates.clientCa.empty();

    const std::string key = cluster.key("webServerAddress");
    if (!isHost(host.webServerAddress))
        reading.problem(key, inQuotes(host.webServerAddress) +
                                 " is neither an address nor a name; the port belongs in webServerPort");
    else if (host.webServerPort >= 0 && !guarded && !isLoopbackHost(host.webServerAddress) &&
             reading.problems().size() == problemsBefore)
        reading.problem(key, inQuotes(host.webServerAddress) +
                                 " can be reached from other machines and there is no token: set "
                                 "cluster.webServerTokensFile, cluster.webServerTokenFile or "
                                 "cluster.webServerToken, or use 127.0.0.1");
}

}  // namespace clustermanager::config
