#pragma once

#include <csignal>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "Stamps.h"
#include "integration/Files.h"
#include "integration/HostProcess.h"

namespace clustermanager::bench {

/// What every phase stands on: a folder of its own, and the pipe of the moments.
struct Bed
{
    integration::TemporaryFolder folder;
    Stamps stamps{folder.path() + "/stamps"};

    integration::Launch launch(const std::string& program) const;

    /// What everything that was launched has said, for the report of a failure.
    std::string output() const { return integration::readFile(folder.path() + "/output"); }
};

/// A host with one group, in the folder `name` of a bed. It is stopped gracefully, and its end waited for.
class Host
{
public:
    using Keys = std::map<std::string, std::string>;

    /// The time after which a successor is ordered ahead, as it is by default. Else it is none, and the order
    /// falls into the start.
    static std::pair<const std::string, std::string> usualUptime() { return {"cluster.minUptimeMs", "1000"}; }

    /// `plugin` is the path of its file; `keys` are the group's ("count", "spares", the plugin's own), but
    /// for those with a dot, which are taken as they are.
    Host(const Bed& bed, const std::string& name, const std::string& plugin, const Keys& keys);
    ~Host();
    Host(const Host&) = delete;
    Host& operator=(const Host&) = delete;

    pid_t master() const { return _process.pid(); }
    pid_t spawner() const;
    std::int64_t startedNs() const { return _startedNs; }
    std::string controlSocket() const { return _folder + "/run/clustermanager.sock"; }

    /// Throws where they are not `count` in time.
    void waitReady(unsigned count, Millis patience) const;

private:
    const Bed& _bed;
    std::string _folder;
    std::int64_t _startedNs;
    integration::HostProcess _process;
};

/// The bare loop with `count` children. Ended at once, with all of them.
class BareLoop
{
public:
    enum class Then : std::uint8_t
    {
        ForksWhoDies,
        ReplacesAll  // at replaceAll(), and then as above
    };

    enum class Children : std::uint8_t
    {
        Bare,
        Laden  // with Poco's libraries and a second thread, as each of ours
    };

    BareLoop(const Bed& bed, unsigned count, Children children = Children::Bare,
             Then then = Then::ForksWhoDies);
    ~BareLoop();
    BareLoop(const BareLoop&) = delete;
    BareLoop& operator=(const BareLoop&) = delete;

    void replaceAll() { _process.signal(SIGHUP); }

    pid_t parent() const { return _process.pid(); }
    std::int64_t startedNs() const { return _startedNs; }

private:
    std::int64_t _startedNs;
    integration::HostProcess _process;
};

}  // namespace clustermanager::bench
