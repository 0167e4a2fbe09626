#include <cstddef>
#include <cstdint>
#include <string>

#include <Poco/Exception.h>

#include "config/FlatEntries.h"
#include "config/ListenAddress.h"
#include "config/NearestKey.h"
#include "config/OptionValue.h"

/// Goal: no text breaks the parsers of values, addresses and files.
/// Method: the first byte picks the format, the rest goes through all of them. A value that is taken must be
/// taken again as it is written back.

namespace {

using namespace clustermanager::config;

void tryValue(const Option& option, const std::string& text)
{
    const auto parsed = parseOption(option, text);
    const auto* value = std::get_if<OptionValue>(&parsed);
    if (value == nullptr || option.type == OptionType::Secret) return;
    const auto again = parseOption(option, writeOption(option, *value));
    const auto* same = std::get_if<OptionValue>(&again);
    if (same == nullptr || same->number != value->number || same->text != value->text) __builtin_trap();
}

void tryFile(unsigned char format, const std::string& text)
{
    constexpr FlatEntries (*kReaders[])(const std::string&) = {readProperties, readIni, readXml, readJson};
    try
    {
        kReaders[format % 4](text).all();
    }
    catch (const FormatError&)
    {
        return;  // a refusal is an answer
    }
    catch (const Poco::Exception&)
    {
        return;
    }
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0) return 0;
    const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
    for (const Option& option : optionTable()) tryValue(option, text);
    const auto listener = parseListenAddress(text, "/srv");
    if (const auto* parsed = std::get_if<Listener>(&listener)) canonicalAddress(*parsed);
    didYouMean(text, {"count", "restart"});
    tryFile(data[0], text);
    return 0;
}
