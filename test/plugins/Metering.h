#pragma once

#include <clustermanager/plugin.h>

#include <string>

/// "KIND NAME VALUE [LABEL]": adds to a counter, sets a gauge, observes in a histogram with buckets 1 and 2.
/// "ok", or "refused" where there is no such metric.
std::string meter(cm_context* context, const std::string& words);

/// Makes COUNT counters that are named after this process and this call; how many could be made.
std::string floodMetrics(cm_context* context, const std::string& count);

/// Sends bytes, given in hexadecimal digits, to the master behind the host's back.
std::string sendRaw(const std::string& hex);

/// "BYTES PACKET": so much of what no message of ours looks like, in packets of that size, for as long as
/// somebody takes them.
std::string sendJunk(const std::string& words);
