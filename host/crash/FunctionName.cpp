#include "crash/FunctionName.h"

#include <Poco/UTF8Encoding.h>
#include <cxxabi.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

namespace clustermanager::crash {

namespace {

constexpr std::size_t kSymbolBytesMax = 1'024;
constexpr std::size_t kNameBytesMax = 512;

/// How many times over a mangled name can say what it said before: each time it refers to itself the text may
/// grow by half, and each pack may repeat something as often as it has elements. A name made for it would
/// grow without bound, and the library's translator would follow it.
bool mayExplode(const std::string& symbol)
{
    constexpr unsigned kReferencesMax = 28;
    unsigned references = 0;
    for (std::size_t i = 0; i + 1 < symbol.size(); ++i)
    {
        const char next = symbol[i + 1];
        const bool numbered = next == '_' || (next >= '0' && next <= '9') || (next >= 'A' && next <= 'Z');
        if ((symbol[i] == 'S' || symbol[i] == 'T') && numbered) ++references;
        if (symbol[i] == 'D' && (next == 'p' || next == 'P')) references += kReferencesMax / 2;
    }
    return references > kReferencesMax;
}

/// The bytes of the printable character there; 0: none.
std::size_t characterAt(const std::string& bytes, std::size_t at)
{
    const auto* byte = reinterpret_cast<const unsigned char*>(bytes.data()) + at;
    if (*byte < 0x80) return *byte >= 0x20 && *byte != 0x7F ? 1 : 0;
    const std::size_t length = *byte < 0xE0 ? 2 : *byte < 0xF0 ? 3 : 4;
    if (length > bytes.size() - at || !Poco::UTF8Encoding::isLegal(byte, static_cast<int>(length))) return 0;
    const bool c1Control = *byte == 0xC2 && byte[1] < 0xA0;  // a terminal obeys them
    return c1Control ? 0 : length;
}

/// What everybody calls it.
void shorten(std::string& name)
{
    const std::string longName =
        "std::__cxx11::basic_string<char, std::char_traits<char>, std::allocator<char> >";
    const std::string shortName = "std::string";
    for (std::size_t at = 0; (at = name.find(longName, at)) != std::string::npos; at += shortName.size())
        name.replace(at, longName.size(), shortName);
}

std::string translated(const std::string& symbol)
{
    if (symbol.compare(0, 2, "_Z") != 0 || symbol.size() > kSymbolBytesMax || mayExplode(symbol))
        return symbol;
    int problem = 0;
    const std::unique_ptr<char, decltype(&std::free)> text(
        abi::__cxa_demangle(symbol.c_str(), nullptr, nullptr, &problem), &std::free);
    if (!text || problem != 0) return symbol;
    std::string name = text.get();
    shorten(name);
    return name;
}

}  // namespace

std::string readableName(const std::string& symbol)
{
    return plainText(translated(symbol), kNameBytesMax);
}

std::string plainText(const std::string& bytes, std::size_t most)
{
    std::string text;
    for (std::size_t at = 0; at < bytes.size() && text.size() < most;)
    {
        const std::size_t length = characterAt(bytes, at);
        if (length == 0)
            text += bytes[at] == '\t' ? ' ' : '?';
        else
            text.append(bytes, at, length);
        at += std::max<std::size_t>(length, 1);
    }
    return text;
}

}  // namespace clustermanager::crash
