#include "runtime/PluginFile.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <utility>
#include <variant>
#include <vector>

#include "base/SysError.h"
#include "runtime/StartError.h"
#include "runtime/TrustedFile.h"

namespace clustermanager::runtime {
namespace {

constexpr int kUnavailable = 69;
constexpr int kNoPermission = 77;
constexpr std::uint64_t kPluginBytesMax = 536'870'912;

[[noreturn]] void refuse(const std::string& path, const std::string& why, int exitCode = kUnavailable)
{
    throw StartError(exitCode, "plugin '" + path + "': " + why);
}

FileDescriptor openPlugin(const std::string& path)
{
    // O_NONBLOCK: a FIFO in the plugin's place must not hang us before we have looked at it.
    FileDescriptor file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
    if (!file) refuse(path, errnoText(errno), errno == EACCES ? kNoPermission : kUnavailable);
    return file;
}

struct stat factsOf(const FileDescriptor& file, const std::string& path)
{
    struct stat facts = {};
    if (::fstat(file.get(), &facts) != 0) refuse(path, errnoText(errno));
    return facts;
}

SealedDraft openDraft(const std::string& path)
{
    Result<SealedDraft> draft = SealedDraft::open("plugin");
    if (!draft) refuse(path, draft.error().text());
    return std::move(draft.value());
}

std::chrono::nanoseconds modifiedAt(const struct stat& facts)
{
    return std::chrono::seconds(facts.st_mtim.tv_sec) + std::chrono::nanoseconds(facts.st_mtim.tv_nsec);
}

}  // namespace

PluginCopy::PluginCopy(const std::string& path)
    : _path(path), _file(openPlugin(path)), _before(factsOf(_file, path)), _draft(openDraft(path)),
      _hash(std::make_unique<Poco::SHA2Engine>())
{
    if (!S_ISREG(_before.st_mode)) refuse(path, "it is not a regular file");
    if (static_cast<std::uint64_t>(_before.st_size) > kPluginBytesMax)
        refuse(path, "it is larger than 512 MiB");
    if (const std::string why = whyNotTrusted(path, _before); !why.empty()) refuse(path, why, kNoPermission);
}

std::optional<PluginFile> PluginCopy::proceed()
{
    std::vector<std::uint8_t> buffer(kBytesPerStep);
    const ssize_t got = ::pread(_file.get(), buffer.data(), buffer.size(), static_cast<off_t>(_copied));
    if (got < 0 && errno == EINTR) return std::nullopt;
    if (got < 0) refuse(_path, errnoText(errno));
    if (got == 0) return finish();

    const auto size = static_cast<std::size_t>(got);
    _copied += size;
    if (_copied > static_cast<std::uint64_t>(_before.st_size)) return finish();  // it grows: that refuses it
    _hash->update(buffer.data(), size);
    if (const auto failed = _draft.append(buffer.data(), size)) refuse(_path, failed->text());
    return std::nullopt;
}

PluginFile PluginCopy::finish()
{
    const struct stat after = factsOf(_file, _path);
    if (_copied != static_cast<std::uint64_t>(_before.st_size) || after.st_size != _before.st_size ||
        modifiedAt(after) != modifiedAt(_before))
        refuse(_path, "it changed while it was copied: try again when it is whole, or move it into place");

    Result<FileDescriptor> copy = std::move(_draft).seal();
    if (!copy) refuse(_path, copy.error().text());
    auto elf = readElfFacts(copy.value().get(), _copied);
    if (const auto* problem = std::get_if<std::string>(&elf)) refuse(_path, *problem);

    PluginFile staged;
    staged.path = _path;
    staged.size = _copied;
    staged.sha256 = Poco::DigestEngine::digestToHex(_hash->digest());
    staged.modified = WallTime(std::chrono::duration_cast<WallTime::duration>(modifiedAt(_before)));
    staged.copy = std::move(copy.value());
    staged.facts = std::get<ElfFacts>(std::move(elf));
    return staged;
}

PluginFile stagePlugin(const std::string& path)
{
    PluginCopy copy(path);
    while (true)
        if (std::optional<PluginFile> staged = copy.proceed()) return std::move(*staged);
}

}  // namespace clustermanager::runtime
