#pragma once

#include "access/Certificates.h"

namespace clustermanager::access {

/// What the module exports as kTlsModuleSymbol. Both are built from one source: `version` is compared before
/// anything else is believed.
struct TlsModule
{
    const char* version;
    MadeContext (*make)(const Certificates&);
};

constexpr const char* kTlsModuleFile = "clustermanager-tls.so";
constexpr const char* kTlsModuleSymbol = "clustermanager_tls_module";

}  // namespace clustermanager::access
