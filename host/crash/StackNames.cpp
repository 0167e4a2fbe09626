#include "crash/StackNames.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <Poco/NumberFormatter.h>

#include <algorithm>

#include "base/FileDescriptor.h"
#include "crash/ElfNames.h"
#include "crash/FunctionName.h"

namespace clustermanager::crash {

namespace {

constexpr std::size_t kFramesMax = 256;
constexpr std::size_t kModulesMax = 64;
constexpr std::size_t kPathBytesMax = 1'024;
constexpr const char* kProgram = "/proc/self/exe";

/// PluginLibrary loads the sealed copy by its descriptor.
constexpr const char* kSealedCopy = "/proc/self/fd/";

bool startsWith(const std::string& text, const std::string& head)
{
    return text.compare(0, head.size(), head) == 0;
}

std::string descriptorPath(int fd)
{
    return kSealedCopy + std::to_string(fd);
}

/// What is no regular file is not even opened: that alone can do something.
FileDescriptor openRegular(const std::string& path)
{
    const FileDescriptor place(::open(path.c_str(), O_PATH | O_CLOEXEC));
    struct stat facts = {};
    if (!place || ::fstat(place.get(), &facts) != 0 || !S_ISREG(facts.st_mode) || facts.st_size == 0)
        return {};  // those of /proc have no size
    return FileDescriptor(::open(descriptorPath(place.get()).c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
}

std::string hexadecimalBytes(const std::string& bytes)
{
    std::string text;
    for (const char byte : bytes)
        text += Poco::NumberFormatter::formatHex(static_cast<unsigned>(static_cast<unsigned char>(byte)), 2);
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return c >= 'A' ? static_cast<char>(c + ('a' - 'A')) : c; });
    return text;
}

/// One module of the crashed process, and the file here that it seems to be.
struct Place
{
    std::string shown;
    FileDescriptor file;
    int fd = -1;
    bool isPlugin = false;
};

Place placeOf(const link::CrashModule& module, const CrashFiles& files)
{
    Place place;
    place.shown = plainText(module.path, kPathBytesMax);
    if (module.path.empty())
    {
        place.shown = files.program;
        place.file = openRegular(kProgram);
        place.isPlugin = files.plugin < 0;
    }
    else if (startsWith(module.path, kSealedCopy))
    {
        if (files.plugin < 0) return place;
        place.shown = files.pluginPath;
        place.fd = files.plugin;
        place.isPlugin = true;
        return place;
    }
    else if (startsWith(module.path, "/"))
        place.file = openRegular(module.path);
    place.fd = place.file.get();
    return place;
}

std::uint64_t lookedUp(const link::CrashFrame& frame)
{
    return frame.exact ? frame.address : frame.address - 1;  // the call, not what comes after it
}

void nameThoseOf(std::size_t number, const link::Crashed& crashed, const CrashFiles& files,
                 TimePoint deadline, std::vector<NamedFrame>& frames)
{
    const link::CrashModule& module = crashed.modules[number];
    const Place place = placeOf(module, files);
    std::vector<std::size_t> here;
    std::vector<WantedName> wanted;
    for (std::size_t i = 0; i < frames.size(); ++i)
    {
        if (crashed.frames[i].module != number) continue;
        frames[i].module = place.shown;
        frames[i].buildId = hexadecimalBytes(module.buildId);
        frames[i].offset = crashed.frames[i].address - module.base;
        frames[i].inPlugin = place.isPlugin;
        here.push_back(i);
        wanted.push_back({lookedUp(crashed.frames[i]) - module.base, ""});
    }
    if (here.empty() || place.fd < 0) return;
    const ElfNames names(place.fd);
    const bool mustHaveOne = place.fd != files.plugin;
    if (names.buildId() != module.buildId || (module.buildId.empty() && mustHaveOne)) return;
    names.find(wanted, deadline);
    for (std::size_t i = 0; i < here.size(); ++i) frames[here[i]].function = readableName(wanted[i].name);
}

}  // namespace

std::vector<NamedFrame> nameFrames(const link::Crashed& crashed, const CrashFiles& files, TimePoint deadline)
{
    std::vector<NamedFrame> frames(std::min(crashed.frames.size(), kFramesMax));
    for (std::size_t i = 0; i < frames.size(); ++i) frames[i].address = crashed.frames[i].address;
    for (std::size_t i = 0; i < std::min(crashed.modules.size(), kModulesMax); ++i)
        nameThoseOf(i, crashed, files, deadline, frames);
    return frames;
}

std::string hexadecimal(std::uint64_t number)
{
    std::string text = Poco::NumberFormatter::formatHex(static_cast<Poco::UInt64>(number));
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return c >= 'A' ? static_cast<char>(c + ('a' - 'A')) : c; });
    return "0x" + text;
}

}  // namespace clustermanager::crash
