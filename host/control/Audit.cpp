#include "control/Audit.h"

#include <pwd.h>

#include <array>
#include <cstdio>
#include <memory>
#include <string_view>

#include "base/PrintableText.h"

namespace clustermanager::control {

namespace {

constexpr std::size_t kMaxText = 300;

std::string nameOf(uid_t uid)
{
    const std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen("/etc/passwd", "re"), &std::fclose);
    if (!file) return "";
    std::array<char, 4096> memory;  // filled by the library
    passwd entry = {};
    passwd* found = nullptr;
    while (::fgetpwent_r(file.get(), &entry, memory.data(), memory.size(), &found) == 0)
        if (found->pw_uid == uid) return found->pw_name;
    return "";
}

}  // namespace

std::string whoIs(const Caller& caller)
{
    if (!caller.peer.uid)
        return printable(caller.peer.address + (caller.credential.empty() ? "" : " " + caller.credential));
    const std::string name = nameOf(*caller.peer.uid);
    return printable("uid " + std::to_string(*caller.peer.uid) + (name.empty() ? "" : " (" + name + ")"));
}

std::string printable(std::string_view text)
{
    std::string shown;
    for (const char c : text)
    {
        if (shown.size() >= kMaxText) return shown + "...";
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x20 && byte < 0x7F && c != '\\')
            shown += c;
        else
            shown += escapedByte(c);
    }
    return shown;
}

}  // namespace clustermanager::control
