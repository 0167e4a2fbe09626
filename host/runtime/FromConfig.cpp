#include "runtime/FromConfig.h"

#include <unistd.h>

namespace clustermanager::runtime {

std::vector<core::GroupPolicy> policies(const config::HostConfig& config)
{
    std::vector<core::GroupPolicy> result;
    for (const config::Group& group : config.groups)
    {
        result.push_back(group.policy);
        result.back().plugin = group.pluginPath;
    }
    return result;
}

std::size_t childCount(const config::HostConfig& config)
{
    std::size_t count = 0;
    for (const config::Group& group : config.groups) count += group.policy.count;
    return count;
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
    plan.updateStatusMs = static_cast<std::uint32_t>(group.updateStatus.count());
    plan.outputToFile = group.output == config::OutputMode::File;
    plan.logsConfigured = config.logsConfigured;
    plan.logFolder = config.defaultLog.folder;
    plan.logRotateBytes = config.defaultLog.rotateBytes;
    plan.logRotateCount = config.defaultLog.rotateCount;
    plan.settings.assign(group.settings.begin(), group.settings.end());
    for (const std::string& name : group.listeners) plan.listeners.push_back({name});
    return plan;
}

}  // namespace clustermanager::runtime
