#include "control/UiRoutes.h"

#include <algorithm>
#include <string_view>

#include "control/UiFiles.h"

namespace clustermanager::control {

namespace {

constexpr std::string_view kPage = "index.html";

/// What the page may do: load what lies beside it and ask this host, and nothing else. Where something from
/// the host would be taken for markup after all, it could neither run nor send anything anywhere.
constexpr const char* kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

Reply serve(std::string_view name)
{
    const auto& files = uiFiles();
    const auto file =
        std::find_if(files.begin(), files.end(), [&](const UiFile& one) { return one.name == name; });
    if (file == files.end())
        return problem(404, "The dashboard has no file '" + std::string(name) + "'; it begins at /ui.");
    return {200,
            std::string(file->contentType),
            std::string(file->bytes),
            {{"ETag", '"' + std::string(file->sha256) + '"'},
             {"Cache-Control", "no-cache"},  // kept, and asked for again: an upgrade brings another page
             {"Content-Security-Policy", kPolicy},
             {"Cross-Origin-Resource-Policy", "same-origin"},
             {"Referrer-Policy", "no-referrer"}}};
}

}  // namespace

Reply getUiPage(const Call&)
{
    return serve(kPage);
}

Reply getUiFile(const Call& call)
{
    return serve(call.target.segments[1]);
}

}  // namespace clustermanager::control
