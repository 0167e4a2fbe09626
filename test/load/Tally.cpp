#include "Tally.h"

#include <cstdio>
#include <numeric>

namespace clustermanager::load {

namespace {

constexpr std::array<const char*, kLossKinds> kNames{"refused", "reset",     "closed",   "truncated",
                                                     "wrong",   "timed out", "no socket"};

std::string millis(double value)
{
    std::array<char, 32> text{};
    (void)std::snprintf(text.data(), text.size(), "%.2f", value);
    return text.data();
}

}  // namespace

const char* name(Loss loss)
{
    return kNames[static_cast<std::size_t>(loss)];
}

std::uint64_t Tally::lost() const
{
    return std::accumulate(losses.begin(), losses.end(), std::uint64_t{0});
}

Tally& Tally::operator+=(const Tally& other)
{
    answered += other.answered;
    for (std::size_t i = 0; i < losses.size(); ++i) losses[i] += other.losses[i];
    for (const std::string& story : other.stories)
        if (stories.size() < kStoriesMax) stories.push_back(story);
    closedIdle += other.closedIdle;
    closedByNotice += other.closedByNotice;
    resetAfterAnswer += other.resetAfterAnswer;
    latencies += other.latencies;
    lateness += other.lateness;
    return *this;
}

std::string Tally::numbers() const
{
    std::string text = std::to_string(answered) + " answered, " + std::to_string(lost()) + " lost";
    for (std::size_t i = 0; i < losses.size(); ++i)
        text += (i == 0 ? " (" : ", ") + std::to_string(losses[i]) + " " + kNames[i];
    text += "); connections closed by notice " + std::to_string(closedByNotice) + ", while idle " +
            std::to_string(closedIdle) + ", by a reset after the last answer " +
            std::to_string(resetAfterAnswer) + "; ms p50 " + millis(latencies.quantileMs(0.5)) + ", p99 " +
            millis(latencies.quantileMs(0.99)) + ", p99.9 " + millis(latencies.quantileMs(0.999)) + ", max " +
            millis(latencies.maxMs());
    return text;
}

std::string Tally::text() const
{
    std::string text = numbers();
    for (const std::string& story : stories) text += "\n  " + story;
    return text;
}

}  // namespace clustermanager::load
