#include <cstdlib>

#include "crash/Report.h"
#include "link/Codec.h"

/// Goal: whatever a dying process says, a report comes of it that is one, and one line for the log.
/// Method: packets of a child; of each that is taken a report is made and read again.

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace clustermanager;
    auto decoded = link::decode<link::FromChild>(data, size);
    const auto* message = std::get_if<link::FromChild>(&decoded);
    const auto* crashed = message != nullptr ? std::get_if<link::Crashed>(message) : nullptr;
    if (crashed == nullptr) return 0;

    crash::CrashKnown known;
    known.slot = ChildId{3};
    known.group = "hello";
    const auto frames = crash::nameFrames(*crashed, {}, TimePoint{});
    const core::CrashReport report = crash::makeReport(known, *crashed, frames);
    if (!crash::readReport(report.json)) std::abort();
    for (const unsigned char c : crash::sentence(known, *crashed, frames))
        if (c < 0x20 || c == 0x7f) std::abort();
    return 0;
}
