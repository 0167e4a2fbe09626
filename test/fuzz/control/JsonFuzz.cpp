/// Goal: a text that the JSON check lets through cannot break out of the document it is embedded in, and
///       neither the check nor the writer crashes.
/// Method: libFuzzer; what is let through is read again by a scanner that knows strings and brackets only,
/// and
///       what the writer makes of any text must pass the check.
#include <cstddef>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/JsonCheck.h"
#include "control/JsonWriter.h"

namespace control = clustermanager::control;

namespace {

/// Whether every bracket and string that is opened is closed, and no comma or colon stands outside of them.
bool staysInItsPlace(std::string_view json)
{
    std::size_t depth = 0;
    bool inString = false;
    for (std::size_t i = 0; i < json.size(); ++i)
    {
        const char c = json[i];
        if (inString && c == '\\') ++i;
        if (c == '"') inString = !inString;
        if (inString) continue;
        if (c == '{' || c == '[') ++depth;
        if ((c == '}' || c == ']') && depth-- == 0) return false;
        if ((c == ',' || c == ':') && depth == 0) return false;
        if (depth > clustermanager::kMaxJsonDepth) return false;
    }
    return depth == 0 && !inString;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    control::JsonWriter json;
    json.text(input);
    if (!clustermanager::isJsonValue(json.take())) std::abort();
    if (clustermanager::isJsonValue(input) && !staysInItsPlace(input)) std::abort();
    return 0;
}
