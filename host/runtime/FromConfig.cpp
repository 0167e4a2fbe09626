#include "runtime/FromConfig.h"

#include <unistd.h>

namespace clustermanager::runtime {

core::GroupPolicy policyOf(const config::Group& group)
{
    core::GroupPolicy policy = group.policy;
    policy.plugin = group.pluginPath;
    return policy;
}

std::vector<core::GroupPolicy> policies(const config::HostConfig& config)
{
    std::vector<core::GroupPolicy> result;
    for (const config::Group& group : config.groups) result.push_back(policyOf(group));
    return result;
}

core::MasterSnapshot portrait(const config::HostConfig& config, const std::string& version)
{
    core::MasterSnapshot master;
    master.pid = ::getpid();
    master.version = version;
    master.startedAt = std::chrono::system_clock::now();
    master.startedSteady = Clock::now();
    master.options = config.inForce;
    master.countReason = config.countReason;
    return master;
}

link::GenerationPlan planOf(const config::HostConfig& config, const config::Group& group,
                            GenerationId generation)
{
    link::GenerationPlan plan;
    plan.group = group.policy.name;
    plan.generation = number(generation);
    plan.pluginPath = group.pluginPath;
    plan.preload = group.preload;
    plan.spares = group.spares;
    plan.startTimeoutMs = static_cast<std::uint32_t>(group.policy.startTimeout.count());
    plan.shutdownTimeoutMs = static_cast<std::uint32_t>(group.policy.shutdownTimeout.count());
    plan.drainDelayMs = static_cast<std::uint32_t>(group.policy.drainDelay.count());
    plan.watchdogMs = static_cast<std::uint32_t>(group.policy.watchdog.count());
    plan.maxRequests = group.maxRequests;
    plan.updateStatusMs = static_cast<std::uint32_t>(group.updateStatus.count());
    plan.crashReports = group.crashReports;
    plan.loaderVariables = group.loaderVariables;
    plan.limits = group.limits;
    plan.account = group.account;
    plan.outputToFile = group.output == config::OutputMode::File;
    plan.logsConfigured = config.logsConfigured;
    plan.logFormat = config.logFormat;
    plan.logFolder = config.defaultLog.folder;
    plan.logRotateBytes = config.defaultLog.rotateBytes;
    plan.logRotateCount = config.defaultLog.rotateCount;
    plan.settings.assign(group.settings.begin(), group.settings.end());
    for (const std::string& name : group.listeners) plan.listeners.push_back({name});
    return plan;
}

}  // namespace clustermanager::runtime
