#pragma once

/// The plugin API for C++17: thin wrappers over plugin.h, headers only, no library needed. The binary
/// contract stays that of plugin.h; nothing of this file crosses it. The smallest complete plugin:
///
///     #include <clustermanager/plugin.hpp>
///
///     CM_PLUGIN("smallest", "1.0")
///
///     static void serve(cm::Child& child)
///     {
///         child.ready();
///         child.waitForStop();
///     }
///     CM_RUN_CHILD(serve)

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "clustermanager/metrics.hpp"
#include "clustermanager/plugin.h"

namespace cm {

/// A value of the plugin's own section that cannot be used. The text names the key.
class ConfigError : public std::runtime_error
{
public:
    using std::runtime_error::runtime_error;
};

using Message = std::string_view;
using MessageFunction = std::function<void(std::int32_t from, Message message)>;

/// What run_child and run_master both have. Non-owning and cheap to copy; valid until the process ends.
///
/// Threading: every function from any thread, as in plugin.h. Functions that are given to onStop(), onExit()
/// and onMessage() are kept until the process ends, as the host may call them to the very end.
class Context
{
public:
    explicit Context(cm_context* context) : _context(context) {}

    cm_context* handle() const { return _context; }

    std::string group() const { return _context->group; }
    unsigned generation() const { return _context->generation; }

    // --- configuration: the plugin's own section. A value that does not fit its type is a ConfigError. ---

    std::string config(const std::string& key, const std::string& fallback = "") const
    {
        return _context->config(_context, key.c_str(), fallback.c_str());
    }

    bool hasConfig(const std::string& key) const
    {
        return _context->config(_context, key.c_str(), nullptr) != nullptr;
    }

    std::int64_t configInt(const std::string& key, std::int64_t fallback) const
    {
        return hasConfig(key) ? number(key, config(key)) : fallback;
    }

    /// true, yes, on, 1 and false, no, off, 0.
    bool configBool(const std::string& key, bool fallback) const
    {
        const std::string value = config(key, fallback ? "true" : "false");
        if (value == "true" || value == "yes" || value == "on" || value == "1") return true;
        if (value == "false" || value == "no" || value == "off" || value == "0") return false;
        throw ConfigError(key + ": '" + value + "' is neither true nor false");
    }

    /// "250", "250ms", "30s", "5m", "2h"; a bare number is milliseconds.
    std::chrono::milliseconds configDuration(const std::string& key, std::chrono::milliseconds fallback) const
    {
        if (!hasConfig(key)) return fallback;
        const std::string value = config(key);
        const std::size_t digits = value.find_first_not_of("0123456789");
        const std::string unit = digits == std::string::npos ? "ms" : value.substr(digits);
        const std::int64_t factor = unit == "ms"  ? 1
                                    : unit == "s" ? 1000
                                    : unit == "m" ? 60'000
                                    : unit == "h" ? 3'600'000
                                                  : 0;
        if (factor == 0) throw ConfigError(key + ": '" + value + "' is no time: write 250ms, 30s, 5m or 2h");
        const std::int64_t count = number(key, value.substr(0, digits));
        if (count > INT64_MAX / factor) throw ConfigError(key + ": '" + value + "' is too long a time");
        return std::chrono::milliseconds(count * factor);
    }

    /// The whole section, in order of keys.
    std::vector<std::pair<std::string, std::string>> settings() const
    {
        std::vector<std::pair<std::string, std::string>> all;
        const char* key = nullptr;
        const char* value = nullptr;
        for (std::size_t i = 0; _context->config_at(_context, i, &key, &value) != 0; ++i)
            all.emplace_back(key, value);
        return all;
    }

    // --- logging ---

    void log(cm_log_level level, const std::string& text) const
    {
        _context->log(_context, level, nullptr, text.c_str());
    }
    void log(cm_log_level level, const std::string& logger, const std::string& text) const
    {
        _context->log(_context, level, logger.c_str(), text.c_str());
    }
    bool logEnabled(cm_log_level level) const { return _context->log_enabled(_context, level) != 0; }
    void trace(const std::string& text) const { log(CM_LOG_TRACE, text); }
    void debug(const std::string& text) const { log(CM_LOG_DEBUG, text); }
    void info(const std::string& text) const { log(CM_LOG_INFO, text); }
    void warn(const std::string& text) const { log(CM_LOG_WARN, text); }
    void error(const std::string& text) const { log(CM_LOG_ERROR, text); }
    void fatal(const std::string& text) const { log(CM_LOG_FATAL, text); }

    /// Says why this process is about to end; return a code that is not 0 after it.
    void fail(const std::string& reason) const
    {
        if (has(&cm_context::fail))
            _context->fail(_context, reason.c_str());
        else
            fatal(reason);
    }

    // --- stop ---

    bool stopRequested() const { return _context->stop_requested(_context) != 0; }

    void waitForStop() const { _context->wait_stop(_context, -1); }

    /// True: a stop is asked, false: the time is over.
    bool waitForStop(std::chrono::milliseconds limit) const
    {
        return _context->wait_stop(_context, limit.count() < 0 ? 0 : limit.count()) != 0;
    }

    /// Becomes readable, and stays so, once a stop is asked. Not to be read or closed.
    int stopFd() const { return _context->stop_fd(_context); }

    /// On the host's runtime thread; must return soon. False: there are too many.
    bool onStop(std::function<void()> function) const
    {
        return _context->on_stop(_context, &callFunction, keep(std::move(function))) == CM_OK;
    }

    /// When run_child has returned, last to first. False: there are too many.
    bool onExit(std::function<void()> function) const
    {
        return _context->at_exit(_context, &callFunction, keep(std::move(function))) == CM_OK;
    }

    // --- messages ---

    /// One receiver. Runs on the host's runtime thread, one message at a time. nullptr takes it away: do so
    /// before what it refers to is gone. On return the receiver before is not running.
    bool onMessage(MessageFunction function) const
    {
        if (!function) return _context->on_message(_context, nullptr, nullptr) == CM_OK;
        return _context->on_message(_context, &callMessageFunction, keep(std::move(function))) == CM_OK;
    }

protected:
    /// Whether the host has that part of the contract: an older one's context ends before it.
    template <class Part>
    bool has(Part cm_context::*part) const
    {
        const auto* begin = reinterpret_cast<const char*>(_context);
        const auto* end = reinterpret_cast<const char*>(&(_context->*part)) + sizeof(Part);
        return static_cast<std::size_t>(end - begin) <= _context->size && _context->*part != Part{};
    }

    cm_result send(std::int32_t to, Message message) const
    {
        return static_cast<cm_result>(_context->send(_context, to, message.data(), message.size()));
    }

    cm_context* _context;

private:
    /// On purpose never freed: the host may call it as long as the process lives. All of them stay reachable,
    /// so that no leak checker takes them for lost.
    template <class Function>
    struct Kept
    {
        Function function;
        Kept* older;
        static inline std::atomic<Kept*> newest{nullptr};
    };

    template <class Function>
    static void* keep(Function function)
    {
        auto* kept = new Kept<Function>{std::move(function), Kept<Function>::newest.load()};
        while (!Kept<Function>::newest.compare_exchange_weak(kept->older, kept))
        {}
        return kept;
    }

    static void callFunction(void* function)
    {
        static_cast<Kept<std::function<void()>>*>(function)->function();
    }

    static void callMessageFunction(void* function, std::int32_t from, const void* data, std::size_t size)
    {
        static_cast<Kept<MessageFunction>*>(function)->function(
            from, Message(static_cast<const char*>(data), size));
    }

    static std::int64_t number(const std::string& key, const std::string& text)
    {
        std::size_t used = 0;
        std::int64_t value = 0;
        try
        {
            value = std::stoll(text, &used);
        }
        catch (const std::logic_error&)
        {
            used = std::string::npos;
        }
        if (used != text.size()) throw ConfigError(key + ": '" + text + "' is no whole number that fits");
        return value;
    }
};

/// In run_child.
class Child : public Context
{
public:
    using Context::Context;

    int id() const { return _context->child_id; }
    unsigned index() const { return _context->child_index; }
    bool isFirst() const { return index() == 0; }  // the one that does what only one may do
    unsigned restarts() const { return _context->restarts; }
    bool isRestart() const { return _context->is_restart != 0; }

    /// The listening socket of that name, or -1: non-blocking, shared with every other child. Accept until
    /// EAGAIN; never shut it down, nor close it.
    int listener(const std::string& name) const { return _context->listener(_context, name.c_str()); }

    std::vector<std::pair<std::string, int>> listeners() const
    {
        std::vector<std::pair<std::string, int>> all;
        const char* name = nullptr;
        int fd = -1;
        for (std::size_t i = 0; _context->listener_at(_context, i, &name, &fd) != 0; ++i)
            all.emplace_back(name, fd);
        return all;
    }

    void ready() const { _context->ready(_context); }
    /// The watchdog's heartbeat; cheap.
    void beat() const { _context->beat(_context); }
    void recycle() const { _context->recycle(_context); }

    /// The longest time without a beat(); 0: nobody waits for one.
    std::chrono::milliseconds watchdog() const
    {
        return std::chrono::milliseconds(has(&cm_context::watchdog_ms) ? _context->watchdog_ms : 0);
    }

    /// Requests that were served: at maxRequests of them this child is replaced.
    void countRequests(std::uint32_t count = 1) const
    {
        if (has(&cm_context::count_requests)) _context->count_requests(_context, count);
    }

    /// So many more (negative: fewer) requests or connections that this child has to finish.
    void hold(std::int32_t change) const
    {
        if (has(&cm_context::hold)) _context->hold(_context, change);
    }

    /// Connections that were accepted.
    void countAccepted(std::uint32_t count = 1) const
    {
        if (has(&cm_context::count_accepted)) _context->count_accepted(_context, count);
    }

    // --- metrics of the plugin's own; the same one again for the same name and labels ---

    Counter counter(const std::string& name, const std::string& help, const Labels& labels = {}) const
    {
        return {_context, metric(CM_COUNTER, name, help, labels, {})};
    }
    Gauge gauge(const std::string& name, const std::string& help, const Labels& labels = {}) const
    {
        return {_context, metric(CM_GAUGE, name, help, labels, {})};
    }
    /// `buckets`: their upper bounds, in ascending order, but for the last one.
    Histogram histogram(const std::string& name, const std::string& help, const std::vector<double>& buckets,
                        const Labels& labels = {}) const
    {
        return {_context, metric(CM_HISTOGRAM, name, help, labels, buckets)};
    }

    /// One JSON value of at most CM_STATUS_MAX bytes.
    cm_result reportStatus(const std::string& json) const
    {
        return static_cast<cm_result>(_context->report_status(_context, json.c_str()));
    }

    /// To run_master.
    cm_result send(Message message) const { return Context::send(CM_TO_MASTER, message); }

private:
    cm_metric* metric(cm_metric_kind kind, const std::string& name, const std::string& help,
                      const Labels& labels, const std::vector<double>& buckets) const
    {
        if (!has(&cm_context::metric_observe)) return nullptr;
        std::vector<const char*> texts;
        for (const auto& [label, value] : labels)
        {
            texts.push_back(label.c_str());
            texts.push_back(value.c_str());
        }
        texts.push_back(nullptr);
        return _context->metric(_context, kind, name.c_str(), help.c_str(), texts.data(), buckets.data(),
                                buckets.size());
    }
};

/// In run_master.
class Master : public Context
{
public:
    using Context::Context;

    cm_result send(std::int32_t child, Message message) const { return Context::send(child, message); }
    cm_result sendToAll(Message message) const { return Context::send(CM_TO_ALL_CHILDREN, message); }

    /// The group's children, in order of id.
    std::vector<cm_child_info> children() const
    {
        std::vector<cm_child_info> infos;
        std::size_t count = _context->children(_context, nullptr, 0);
        while (count > infos.size())  // there may be more of them by the second look
        {
            infos.resize(count);
            count = _context->children(_context, infos.data(), infos.size());
        }
        infos.resize(count);
        return infos;
    }
};

}  // namespace cm

#include "clustermanager/entry.hpp"
