#include "config/AccessSection.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/Account.h"
#include "base/SysError.h"
#include "config/BoundedFile.h"

namespace clustermanager::config {

namespace {

constexpr std::size_t kMaxTokensFile = 65'536;
constexpr std::size_t kMaxPemFile = 1'048'576;

/// The group may read a secret, so that root can own it and the host's own user read it.
constexpr mode_t kSecret = S_IWGRP | S_IXGRP | S_IRWXO;
constexpr mode_t kPublic = S_IWGRP | S_IWOTH;

struct File
{
    std::string name;  // of its key
    std::string path;  // "": none is set
    std::string content;
};

std::string whyNotSafe(const BoundedFile& file, mode_t forbidden)
{
    if (file.owner != 0 && file.owner != ::geteuid())
        return "belongs to uid " + std::to_string(file.owner) +
               ": chown it to root or to the user of the host";
    if ((file.mode & forbidden) == 0) return "";
    return forbidden == kSecret ? "is open to others: chmod 600 it, or 640"
                                : "can be written by others: chmod 644 it";
}

/// Nothing in it: there is none, or a problem, which is then noted.
File readSafely(Reading& reading, const Section& cluster, const std::string& name, std::size_t limit,
                mode_t forbidden)
{
    File file{name, "", ""};
    if (!cluster.has(name)) return file;
    const std::string key = cluster.key(name);
    file.path = reading.resolvedPath(key, cluster.text(name));
    if (file.path.empty()) return file;
    auto read = readBoundedFile(file.path, limit);
    if (const auto* why = std::get_if<std::string>(&read))
    {
        reading.problem(key, *why);
        return file;
    }
    BoundedFile& found = std::get<BoundedFile>(read);
    if (const std::string why = whyNotSafe(found, forbidden); !why.empty())
        reading.problem(key, inQuotes(file.path) + " " + why);
    else if (found.content.empty())
        reading.problem(key, inQuotes(file.path) + " is empty");
    else
        file.content = std::move(found.content);
    return file;
}

access::Tokens readTokens(Reading& reading, const Section& cluster)
{
    const File file = readSafely(reading, cluster, "webServerTokensFile", kMaxTokensFile, kSecret);
    if (file.content.empty()) return {};
    auto parsed = access::parseTokens(file.content);
    if (auto* tokens = std::get_if<access::Tokens>(&parsed)) return std::move(*tokens);
    reading.problem(cluster.key(file.name), inQuotes(file.path) + ", " + std::get<std::string>(parsed));
    return {};
}

access::Certificates readCertificates(Reading& reading, const Section& cluster)
{
    using Part = access::CertificateProblem::Part;
    const std::size_t problemsBefore = reading.problems().size();
    const File chain = readSafely(reading, cluster, "webServerCertificate", kMaxPemFile, kPublic);
    const File key = readSafely(reading, cluster, "webServerKey", kMaxPemFile, kSecret);
    const File clientCa = readSafely(reading, cluster, "webServerClientCa", kMaxPemFile, kPublic);
    if (chain.path.empty() != key.path.empty())
        reading.problem(cluster.key(chain.path.empty() ? key.name : chain.name),
                        "needs cluster." + (chain.path.empty() ? chain.name : key.name) + " too");
    if (chain.path.empty() && !clientCa.path.empty())
        reading.problem(cluster.key(clientCa.name),
                        "needs cluster.webServerCertificate and cluster.webServerKey");
    if (chain.path.empty() || reading.problems().size() != problemsBefore) return {};
    access::Certificates certificates{chain.content, key.content, clientCa.content};
    const auto made = access::TlsContext::make(certificates);
    if (const auto* problem = std::get_if<access::CertificateProblem>(&made))
    {
        const File& file = problem->part == Part::Chain ? chain : problem->part == Part::Key ? key : clientCa;
        reading.problem(cluster.key(file.name), inQuotes(file.path) + " " + problem->text);
    }
    return certificates;
}

/// Reading and writing alone, and always for the owner.
unsigned readMode(Reading& reading, const Section& cluster, unsigned unset)
{
    const std::string& text = cluster.text("controlSocketMode");
    if (text.empty()) return unset;
    const bool octal = text.size() <= 4 && text.find_first_not_of("01234567") == std::string::npos;
    const unsigned long mode = octal ? std::stoul(text, nullptr, 8) : 0;
    if ((mode & ~0666UL) == 0 && (mode & 0600UL) == 0600UL) return static_cast<unsigned>(mode);
    reading.problem(cluster.key("controlSocketMode"),
                    inQuotes(text) + " is not an octal mode from 0600 to 0666, as 0660 is");
    return unset;
}

std::optional<gid_t> readGroup(Reading& reading, const Section& cluster)
{
    const std::string& text = cluster.text("controlSocketGroup");
    if (text.empty()) return std::nullopt;
    const bool number = text.size() <= 9 && text.find_first_not_of("0123456789") == std::string::npos;
    if (number) return static_cast<gid_t>(std::stoul(text));
    const Result<std::optional<gid_t>> found = findGroup(text);
    if (found && found.value()) return found.value();
    reading.problem(cluster.key("controlSocketGroup"),
                    found ? inQuotes(text) + " is no group of this machine"
                          : inQuotes(text) + " cannot be looked up: " + errnoText(found.error().code));
    return std::nullopt;
}

}  // namespace

void readAccess(Reading& reading, const Section& cluster, HostConfig& host)
{
    host.webServerTokens = readTokens(reading, cluster);
    host.certificates = readCertificates(reading, cluster);
    host.controlSocketGroup = readGroup(reading, cluster);
    host.controlSocketMode = readMode(reading, cluster, host.controlSocketGroup ? 0660 : 0600);
}

}  // namespace clustermanager::config
