#include "plugin/PluginLibrary.h"

#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <exception>

#include "base/StandardError.h"
#include "base/SysError.h"
#include "plugin/ExceptionText.h"

namespace clustermanager::plugin {

namespace {

std::string descriptorPath(const FileDescriptor& file)
{
    return "/proc/self/fd/" + std::to_string(file.get());
}

/// dlerror's words with the path that the operator knows instead of the descriptor's.
std::string loaderWords(const std::string& openedPath, const std::string& path)
{
    const char* words = ::dlerror();  // NOLINT(concurrency-mt-unsafe): each thread has its own
    std::string text = words == nullptr ? "the loader gave no reason" : words;
    for (std::size_t at = text.find(openedPath); at != std::string::npos;
         at = text.find(openedPath, at + path.size()))
        text.replace(at, openedPath.size(), path);
    if (text.compare(0, path.size(), path) != 0) text = path + ": " + text;
    return text;
}

/// Names what a constructor of a plugin throws, for as long as it lives.
class TerminateText
{
public:
    TerminateText(const std::string& path, const PluginLibrary::LastWords& heard)
        : _path(path), _heard(heard), _previous(std::set_terminate(&sayWhatWasThrown))
    {
        _current = this;
    }
    ~TerminateText()
    {
        std::set_terminate(_previous);
        _current = nullptr;
    }
    TerminateText(const TerminateText&) = delete;
    TerminateText& operator=(const TerminateText&) = delete;

private:
    [[noreturn]] static void sayWhatWasThrown()
    {
        const std::string text = _current->_path + ": a constructor threw " + currentExceptionText();
        tellStandardError("loading the plugin: " + text);
        if (_current->_heard) _current->_heard(text);
        std::abort();
    }

    static TerminateText* _current;

    const std::string& _path;
    const PluginLibrary::LastWords& _heard;
    std::terminate_handler _previous;
};

TerminateText* TerminateText::_current = nullptr;

/// Standard input, output and error, which a constructor may close: the next socket would get the number of
/// one, and what is printed. Another file in its place is the plugin's own choice.
class StandardStreams
{
public:
    StandardStreams()
    {
        for (int stream = 0; stream < kCount; ++stream)
            _kept[static_cast<std::size_t>(stream)].reset(::fcntl(stream, F_DUPFD_CLOEXEC, kFirstKept));
    }
    ~StandardStreams()
    {
        for (int stream = 0; stream < kCount; ++stream)
        {
            if (::fcntl(stream, F_GETFD) >= 0) continue;
            const FileDescriptor& kept = _kept[static_cast<std::size_t>(stream)];
            if (::dup2(kept.get(), stream) < 0)
                (void)!::open("/dev/null", O_RDWR);  // takes the lowest number
        }
    }
    StandardStreams(const StandardStreams&) = delete;
    StandardStreams& operator=(const StandardStreams&) = delete;

private:
    static constexpr int kCount = 3;
    /// What is kept for a while only takes no number between those that are kept for ever. Within the
    /// kernel's smallest table of descriptors.
    static constexpr int kFirstKept = 60;

    std::array<FileDescriptor, kCount> _kept;
};

bool isFunction(void* address)
{
    Dl_info place = {};
    void* extra = nullptr;
    if (::dladdr1(address, &place, &extra, RTLD_DL_SYMENT) == 0 || extra == nullptr) return false;
    const auto* symbol = static_cast<const ElfW(Sym)*>(extra);
    return (symbol->st_info & 0xf) == STT_FUNC;
}

}  // namespace

bool PluginLibrary::load(const FileDescriptor& file, const std::string& path, const LastWords& heard)
{
    if (loaded()) return true;
    _failure = {};
    // The loader knows a library by its path, and takes another one with the same path for the same library.
    // So the number stays taken for as long as the library is mapped, which is for ever.
    FileDescriptor own(::fcntl(file.get(), F_DUPFD_CLOEXEC, 0));
    if (!own) return fail(path + ": " + SysError{"dup", "", errno}.text());
    const std::string opened = descriptorPath(own);
    void* handle = nullptr;
    const pid_t self = ::getpid();
    {
        const StandardStreams streams;
        const TerminateText text(path, heard);
        handle = ::dlopen(opened.c_str(), RTLD_NOW | RTLD_LOCAL);
    }
    if (::getpid() != self) ::_exit(0);  // whom a constructor forked, and let return, is no second one of us
    if (handle == nullptr) return fail(loaderWords(opened, path));
    (void)own.release();

    void* runChild = ::dlsym(handle, "run_child");
    if (runChild == nullptr) return fail(path + ": it exports no function run_child");
    if (!isFunction(runChild)) return fail(path + ": run_child is not a function");
    void* runMaster = ::dlsym(handle, "run_master");
    if (runMaster != nullptr && !isFunction(runMaster)) return fail(path + ": run_master is not a function");

    _runMaster = reinterpret_cast<Entry>(runMaster);
    _runChild = reinterpret_cast<Entry>(runChild);
    return true;
}

bool PluginLibrary::fail(std::string text)
{
    _failure.permission = text.find("Permission denied") != std::string::npos ||
                          text.find("Operation not permitted") != std::string::npos;
    _failure.text = std::move(text);
    return false;
}

}  // namespace clustermanager::plugin
