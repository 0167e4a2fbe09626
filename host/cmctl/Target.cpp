#include "cmctl/Target.h"

#include <sys/un.h>
#include <unistd.h>

#include <Poco/URI.h>

#include <cstdlib>

#include "base/PrintableText.h"
#include "cmctl/Failure.h"
#include "config/BoundedFile.h"
#include "config/ConfigFile.h"
#include "config/MergedKeys.h"
#include "config/OptionTable.h"
#include "config/OptionValue.h"

namespace clustermanager::cmctl {

namespace {

constexpr std::size_t kMaxTokenFile = 8UL * 1024;
constexpr std::size_t kMaxUnixPath = sizeof(sockaddr_un{}.sun_path) - 1;
constexpr const char* kVariable = "CM_CONTROL_SOCKET";
constexpr const char* kKey = "cluster.controlSocket";

std::string tokenOf(const std::string& path)
{
    const auto read = config::readBoundedFile(path, kMaxTokenFile);
    if (const auto* why = std::get_if<std::string>(&read)) throw usage("--token-file: " + *why);
    std::string token(config::trimmed(std::get<config::BoundedFile>(read).content));
    // In a header it could say more than a token does.
    if (token.empty() || token.find_first_of(" \t\r\n") != std::string::npos || printable(token) != token)
        throw usage("--token-file: '" + printable(path) + "' holds no token: it must be one word");
    return token;
}

Target urlTarget(const Invocation& asked)
{
    const std::string text = asked.text("url");
    Target target;
    target.foundBy = "--url";
    try
    {
        const Poco::URI url(text);
        const bool plain = url.getPathEtc().empty() || url.getPathEtc() == "/";
        const bool known = url.getScheme() == "http" || url.getScheme() == "https";
        if (!known || url.getHost().empty() || !plain || !url.getUserInfo().empty())
            throw usage("--url: '" + printable(text) + "' is not http://HOST:PORT or https://HOST:PORT");
        target.kind = url.getScheme() == "https" ? Target::Kind::Https : Target::Kind::Http;
        target.host = url.getHost();
        target.port = url.getPort();
    }
    catch (const Poco::SyntaxException&)
    {
        throw usage("--url: '" + printable(text) + "' is no URL; http://127.0.0.1:5111 is one");
    }
    if (asked.has("token-file")) target.token = tokenOf(asked.text("token-file"));
    target.caFile = asked.text("ca-file");
    target.certFile = asked.text("cert-file");
    target.keyFile = asked.text("key-file");
    if (target.certFile.empty() != target.keyFile.empty())
        throw usage("--cert-file and --key-file belong together");
    return target;
}

Target unixTarget(const std::string& path, const std::string& foundBy)
{
    if (path.empty() || path.size() > kMaxUnixPath)
        throw usage(foundBy + ": a socket's path has 1 to " + std::to_string(kMaxUnixPath) + " bytes, not " +
                    std::to_string(path.size()));
    Target target;
    target.path = path;
    target.foundBy = foundBy;
    return target;
}

/// What the file says of the socket, with its variables replaced; "": nothing.
std::string socketIn(const std::string& file)
{
    const auto read = config::readConfigFile(file);
    if (const auto* problem = std::get_if<config::ConfigProblem>(&read)) throw usage(problem->sentence());
    config::MergedKeys keys;
    keys.set(std::get<config::FlatEntries>(read), "", file);
    const auto configuration = keys.configuration();
    return configuration->getString(kKey, "");
}

/// The file that the host reads where it is told of none, if it lies beside this program.
std::string fileBesideProgram(const std::string& folder)
{
    for (const char* ending : {".properties", ".ini", ".xml", ".json"})
    {
        std::string file = folder + "clustermanager" + ending;
        if (::access(file.c_str(), R_OK) == 0) return file;
    }
    return "";
}

}  // namespace

std::string Target::text() const
{
    if (kind == Kind::Unix) return path;
    const std::string address = host.find(':') == std::string::npos ? host : "[" + host + "]";
    return (kind == Kind::Https ? "https://" : "http://") + address + ":" + std::to_string(port);
}

Target findTarget(const Invocation& asked, const std::string& programFolder)
{
    if (asked.has("socket") && asked.has("url"))
        throw usage("--socket and --url exclude each other: keep one of them");
    if (asked.has("url")) return urlTarget(asked);
    for (const char* option : {"token-file", "ca-file", "cert-file", "key-file"})
        if (asked.has(option)) throw usage(std::string("--") + option + " is for --url");

    if (asked.has("socket")) return unixTarget(asked.text("socket"), "--socket");
    if (asked.has("config"))
    {
        const std::string path = socketIn(asked.text("config"));
        if (!path.empty()) return unixTarget(path, asked.text("config"));
    }
    else if (const char* variable = std::getenv(kVariable);  // NOLINT(concurrency-mt-unsafe): read only
             variable != nullptr && *variable != '\0')
        return unixTarget(variable, kVariable);
    else if (const std::string file = fileBesideProgram(programFolder); !file.empty())
    {
        const std::string path = socketIn(file);
        if (!path.empty()) return unixTarget(path, file);
    }
    return unixTarget(std::string(config::findOption("controlSocket")->fallback), "the default");
}

}  // namespace clustermanager::cmctl
