#pragma once

#include <atomic>
#include <cstdint>
#include <cstring>
#include <functional>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "clustermanager/plugin.h"

/// A cm_context without a host behind it: a few values, and a record of what the plugin asked for.
class FakeHost
{
public:
    FakeHost()
    {
        context.abi_version = CM_ABI_VERSION;
        context.size = sizeof context;
        context.host = this;
        context.role = CM_ROLE_CHILD;
        context.child_id = 3;
        context.group = "hello";
        context.config = [](const cm_context* c, const char* key, const char* fallback) {
            const auto found = of(c).settings.find(key);
            return found == of(c).settings.end() ? fallback : found->second.c_str();
        };
        context.config_at = [](const cm_context* c, std::size_t position, const char** key,
                               const char** value) {
            if (position >= of(c).settings.size()) return 0;
            auto at = of(c).settings.begin();
            std::advance(at, position);
            *key = at->first.c_str();
            *value = at->second.c_str();
            return 1;
        };
        context.log = [](const cm_context* c, int level, const char* logger, const char* text) {
            of(c).trace.push_back(std::to_string(level) + " " + (logger == nullptr ? "-" : logger) + " " +
                                  text);
        };
        context.ready = [](cm_context* c) { of(c).trace.push_back("ready"); };
        context.fail = [](cm_context* c, const char* reason) {
            of(c).trace.push_back(std::string("fail ") + reason);
        };
        context.listener = [](const cm_context* c, const char* name) {
            return std::strcmp(name, "http") == 0 ? of(c).listener : -1;
        };
        context.on_stop = [](cm_context* c, cm_callback callback, void* argument) {
            of(c).onStop = [callback, argument] { callback(argument); };
            return int{CM_OK};
        };
        context.at_exit = [](cm_context* c, cm_callback callback, void* argument) {
            of(c).onExit = [callback, argument] { callback(argument); };
            return int{CM_OK};
        };
        context.on_message = [](cm_context* c, cm_message_callback callback, void* argument) {
            of(c).onMessage = [callback, argument](const std::string& text) {
                callback(argument, 9, text.data(), text.size());
            };
            return int{CM_OK};
        };
        context.send = [](cm_context* c, std::int32_t to, const void* data, std::size_t size) {
            of(c).trace.push_back("send " + std::to_string(to) + " " +
                                  std::string(static_cast<const char*>(data), size));
            return int{CM_OK};
        };
        context.beat = [](cm_context* c) { ++of(c).beats; };
        context.count_requests = [](cm_context* c, std::uint32_t count) { of(c).requests += count; };
        context.hold = [](cm_context* c, std::int32_t change) { of(c).held += change; };
        context.count_accepted = [](cm_context* c, std::uint32_t count) { of(c).accepted += count; };
        context.metric = [](cm_context* c, std::int32_t kind, const char* name, const char* help,
                            const char* const* labels, const double*, std::size_t buckets) {
            std::string text = "metric " + std::to_string(kind) + " " + name + " " + help + " ";
            for (; *labels != nullptr; labels += 2) text += std::string(labels[0]) + "=" + labels[1] + " ";
            of(c).trace.push_back(text + std::to_string(buckets));
            return reinterpret_cast<cm_metric*>(&of(c));
        };
        context.metric_add = [](cm_metric* m, double change) {
            of(m).push_back("add " + std::to_string(change));
        };
        context.metric_set = [](cm_metric* m, double value) {
            of(m).push_back("set " + std::to_string(value));
        };
        context.metric_observe = [](cm_metric* m, double value) {
            of(m).push_back("observe " + std::to_string(value));
        };
        context.stop_fd = [](const cm_context* c) { return of(c).stopFd; };
        context.stop_requested = [](const cm_context* c) { return of(c).stopAsked ? 1 : 0; };
        context.children = [](const cm_context*, cm_child_info* infos, std::size_t capacity) {
            for (std::size_t i = 0; i < 3 && i < capacity; ++i)
                infos[i].id = static_cast<std::int32_t>(i) + 1;
            return std::size_t{3};
        };
    }

    cm_context context{};
    std::map<std::string, std::string> settings;
    std::vector<std::string> trace;
    int listener = -1;
    int stopFd = -1;
    std::atomic<int> beats{0};
    std::atomic<unsigned> requests{0};
    std::atomic<unsigned> accepted{0};
    std::atomic<int> held{0};
    std::atomic<bool> stopAsked{false};
    std::function<void()> onStop;
    std::function<void()> onExit;
    std::function<void(const std::string&)> onMessage;

private:
    static std::vector<std::string>& of(cm_metric* metric)
    {
        return reinterpret_cast<FakeHost*>(metric)->trace;
    }
    static FakeHost& of(const cm_context* context) { return *static_cast<FakeHost*>(context->host); }
};
