/// A host that takes an upgrade badly, as CM_DOUBLE in its environment says:
///   hang     does not say whether it could take over
///   leave    ends without a word, and leaves a process that could still say one
///   relent   says that it can, and then cannot
///   die      ... and then ends
/// Anything else: a good one.
#include <clustermanager/start.hpp>

#include <unistd.h>

#include <cstdlib>
#include <string>
#include <vector>

int main(int argc, char** argv)
{
    const auto variable = [](const char* name) {
        const char* text = std::getenv(name);
        return std::string(text == nullptr ? "" : text);
    };
    const std::string how = variable("CM_DOUBLE");
    const char role = variable("CM_HANDOVER").c_str()[0];
    const bool rehearses = role == 'r';
    const bool takesOver = role == 't';
    if (rehearses && how == "leave" && ::fork() != 0) ::_exit(0);
    while (rehearses && (how == "hang" || how == "leave")) ::pause();
    if (takesOver && how == "die") ::_exit(3);

    std::vector<char*> arguments(argv, argv + argc);
    std::string unknown = "--no-such-option";
    if (takesOver && how == "relent") arguments.push_back(unknown.data());
    cm::Options options;
    options.argc = static_cast<int>(arguments.size());
    options.argv = arguments.data();
    return cm::start(options, nullptr);
}
