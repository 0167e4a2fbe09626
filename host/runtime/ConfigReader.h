#pragma once

#include <functional>
#include <thread>

#include "config/ConfigSource.h"
#include "runtime/WakingQueue.h"

namespace clustermanager::runtime {

/// Reads the configuration again on a thread of its own, because files can be slow and the loop must not wait
/// for them. One reading at a time.
///
/// Threading: the master's loop thread only.
class ConfigReader
{
public:
    using Read = std::function<config::ConfigSource::Outcome()>;

    /// `read` runs on the reader's thread.
    explicit ConfigReader(Read read) : _read(std::move(read)) {}
    /// Waits for a reading that goes on.
    ~ConfigReader();
    ConfigReader(const ConfigReader&) = delete;
    ConfigReader& operator=(const ConfigReader&) = delete;

    bool reading() const { return _reading; }

    /// Where there is no thread to be had, the outcome says so. REQUIRES: !reading().
    void start();

    /// Readable when a reading is done: then take().
    int wakeFd() const { return _outcomes.wakeFd(); }
    std::optional<config::ConfigSource::Outcome> take();

private:
    Read _read;
    WakingQueue<config::ConfigSource::Outcome> _outcomes{1};
    std::thread _thread;
    bool _reading = false;
};

}  // namespace clustermanager::runtime
