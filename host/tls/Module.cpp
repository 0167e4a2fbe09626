#include "access/TlsModule.h"
#include "tls/StrictContext.h"

namespace {

using namespace clustermanager;

access::MadeContext make(const access::Certificates& certificates)
{
    auto made = tls::StrictContext::make(certificates);
    if (auto* problem = std::get_if<access::CertificateProblem>(&made)) return std::move(*problem);
    return std::get<std::shared_ptr<const tls::StrictContext>>(std::move(made));
}

}  // namespace

/// access::kTlsModuleSymbol.
extern "C" __attribute__((visibility("default")))
const access::TlsModule clustermanager_tls_module{CM_VERSION, make};  // NOLINT(readability-identifier-naming)
