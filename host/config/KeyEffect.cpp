#include "config/KeyEffect.h"

#include <algorithm>
#include <array>

namespace clustermanager::config {

namespace {

struct Row
{
    std::string_view name;
    KeyEffect effect;
};

constexpr std::array kRows{
    Row{"count", KeyEffect::AtOnce},
    Row{"autoRestart", KeyEffect::AtOnce},
    Row{"restart", KeyEffect::AtOnce},
    Row{"startTimeoutMs", KeyEffect::AtOnce},
    Row{"shutdownTimeoutMs", KeyEffect::AtOnce},
    Row{"minUptimeMs", KeyEffect::AtOnce},
    Row{"backoffMinMs", KeyEffect::AtOnce},
    Row{"backoffMaxMs", KeyEffect::AtOnce},
    Row{"maxRestarts", KeyEffect::AtOnce},
    Row{"restartWindowMs", KeyEffect::AtOnce},
    Row{"onGiveUp", KeyEffect::AtOnce},
    Row{"maxLifetimeMs", KeyEffect::AtOnce},
    Row{"maxMemory", KeyEffect::AtOnce},
    Row{"maxCount", KeyEffect::AtOnce},
    Row{"maxSurge", KeyEffect::AtOnce},
    Row{"maxUnavailable", KeyEffect::AtOnce},
    Row{"minReady", KeyEffect::AtOnce},
    Row{"after", KeyEffect::AtOnce},
    Row{"pluginsWatch", KeyEffect::AtOnce},
    Row{"logLevel", KeyEffect::AtOnce},
    Row{"crashReportsKept", KeyEffect::AtOnce},
    Row{"crashReports", KeyEffect::NewProcesses},
    Row{"coreDumps", KeyEffect::NewProcesses},
    Row{"maxOpenFiles", KeyEffect::NewProcesses},
    Row{"maxAddressSpace", KeyEffect::NewProcesses},
    Row{"user", KeyEffect::NewProcesses},
    Row{"loaderVariables", KeyEffect::NewProcesses},
    Row{"drainDelayMs", KeyEffect::NewProcesses},
    Row{"watchdogMs", KeyEffect::NewProcesses},
    Row{"maxRequests", KeyEffect::NewProcesses},
    Row{"preload", KeyEffect::NewProcesses},
    Row{"spares", KeyEffect::NewProcesses},
    Row{"updateStatusMs", KeyEffect::NewProcesses},
    Row{"output", KeyEffect::NewProcesses},
    Row{"runMaster", KeyEffect::NewProcesses},
    Row{"path", KeyEffect::NewProcesses},
    Row{"listen", KeyEffect::NewProcesses},
    Row{"logFolder", KeyEffect::NewProcesses},
    Row{"logRotateSize", KeyEffect::NewProcesses},
    Row{"logRotateCount", KeyEffect::NewProcesses},
    Row{"enabled", KeyEffect::WhichGroups},
    Row{"plugins", KeyEffect::WhichGroups},
    Row{"webServerPort", KeyEffect::AtOnce},
    Row{"webServerAddress", KeyEffect::AtOnce},
    Row{"webServerToken", KeyEffect::AtOnce},
    Row{"webServerTokenFile", KeyEffect::AtOnce},
    Row{"webServerTokensFile", KeyEffect::AtOnce},
    Row{"webServerCertificate", KeyEffect::AtOnce},
    Row{"webServerKey", KeyEffect::AtOnce},
    Row{"webServerClientCa", KeyEffect::AtOnce},
    Row{"controlSocketMode", KeyEffect::AtOnce},
    Row{"controlSocketGroup", KeyEffect::AtOnce},
    Row{"controlSocket", KeyEffect::NewHost},
    Row{"history", KeyEffect::NewHost},
    Row{"historyFile", KeyEffect::NewHost},
    Row{"historyMaxRows", KeyEffect::NewHost},
    Row{"historyMaxAgeMs", KeyEffect::NewHost},
};

}  // namespace

std::optional<KeyEffect> keyEffect(std::string_view name)
{
    const auto* const row = std::find_if(kRows.begin(), kRows.end(),
                                         [&](const Row& candidate) { return candidate.name == name; });
    return row == kRows.end() ? std::nullopt : std::optional(row->effect);
}

}  // namespace clustermanager::config
