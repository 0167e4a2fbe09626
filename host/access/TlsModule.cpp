#include "access/TlsModule.h"

#include <dlfcn.h>

#include <cstring>
#include <mutex>
#include <string>

#include "base/Part.h"

namespace clustermanager::access {

namespace {

struct Loaded
{
    const TlsModule* module = nullptr;
    std::string problem;
};

Loaded loadModule()
{
    const std::variant<Part, NoPart> part = findPart(kTlsModuleFile);
    if (const auto* none = std::get_if<NoPart>(&part)) return {nullptr, none->problem};
    const std::string& path = std::get<Part>(part).path;
    void* const library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);  // stays
    if (library == nullptr)
        return {nullptr, ::dlerror()};  // NOLINT(concurrency-mt-unsafe): each thread has its own
    const auto* module = static_cast<const TlsModule*>(::dlsym(library, kTlsModuleSymbol));
    if (module == nullptr) return {nullptr, "'" + path + "' is no module of the host"};
    // Beside a host that goes on while the next version is installed.
    if (std::strcmp(module->version, CM_VERSION) != 0)
        return {nullptr, "'" + path + "' is of version " + module->version + ", the host of " + CM_VERSION};
    return {module, ""};
}

}  // namespace

MadeContext TlsContext::make(const Certificates& certificates)
{
    static std::mutex mutex;
    static Loaded loaded;  // guarded by mutex; a failure is not for good
    const std::lock_guard<std::mutex> lock(mutex);
    if (loaded.module == nullptr) loaded = loadModule();
    if (loaded.module == nullptr)
        return CertificateProblem{CertificateProblem::Part::Chain,
                                  "cannot be used, as the host's TLS cannot be loaded: " + loaded.problem};
    return loaded.module->make(certificates);
}

}  // namespace clustermanager::access
