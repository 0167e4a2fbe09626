/// Goal: no bytes of a log break out of their line of a stream or speak to a terminal, and no target makes
/// the
///       filter of events crash.
/// Method: libFuzzer; what is made of any bytes is looked through byte by byte, its length held against the
/// bound,
///       and the same bytes are read as a request's target.
#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/PrintableText.h"
#include "base/Utf8.h"
#include "control/EventFilter.h"

namespace control = clustermanager::control;

namespace {

bool isPlain(std::string_view text)
{
    while (!text.empty())
    {
        const std::size_t length = clustermanager::utf8Length(text);
        const auto first = static_cast<unsigned char>(text.front());
        if (length == 0 || (first < 0x20 && first != '\t') || first == 0x7F) return false;
        if (length == 2 && first == 0xC2 && static_cast<unsigned char>(text[1]) < 0xA0) return false;
        text.remove_prefix(length);
    }
    return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    for (const std::size_t most : {std::size_t{8}, std::size_t{100}, std::size_t{65'536}})
    {
        std::string text = "before";
        clustermanager::appendPrintable(text, bytes, most);
        if (!isPlain(text) || text.size() > 6 + most) std::abort();
        if (isPlain(bytes) && size <= most && text.substr(6) != bytes) std::abort();
    }
    if (const auto target = control::parseRouteTarget(bytes)) (void)control::parseEventFilter(*target);
    return 0;
}
