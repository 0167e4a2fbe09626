#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "base/FileDescriptor.h"
#include "crash/ElfNames.h"
#include "crash/FunctionName.h"
#include "crash/Report.h"

/// Goal: no file that a crashed process names, no name in it and no report in the folder does harm.
/// Method: the same input as an ELF file whose functions are looked up, as a mangled name and as a report.

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace clustermanager;
    static const FileDescriptor file(::memfd_create("fuzz", MFD_CLOEXEC));
    if (::ftruncate(file.get(), 0) != 0 || ::pwrite(file.get(), data, size, 0) < 0) std::abort();
    const crash::ElfNames names(file.get());
    std::vector<crash::WantedName> wanted;
    for (const std::uint64_t address : {0x0ULL, 0x200ULL, 0x2f0ULL, 0x310ULL, ~0ULL})
        wanted.push_back({address, ""});
    names.find(wanted, Clock::now() + std::chrono::seconds(10));

    const std::string text(reinterpret_cast<const char*>(data), size);
    const std::string name = crash::readableName(text);
    if (name != crash::plainText(name, name.size())) std::abort();  // it is plain already
    for (const crash::WantedName& one : wanted) (void)crash::readableName(one.name);
    if (const auto report = crash::readReport(text))
        if (!crash::readReport(report->json)) std::abort();
    return 0;
}
