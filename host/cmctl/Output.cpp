#include "cmctl/Output.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "cmctl/Failure.h"

namespace clustermanager::cmctl {

namespace {

bool isSet(const char* variable)
{
    const char* value = std::getenv(variable);  // NOLINT(concurrency-mt-unsafe): read only
    return value != nullptr && *value != '\0';
}

const char* sequence(Colour colour)
{
    switch (colour)
    {
    case Colour::None: return "";
    case Colour::Bold: return "\x1b[1m";
    case Colour::Dim: return "\x1b[2m";
    case Colour::Red: return "\x1b[31m";
    case Colour::Green: return "\x1b[32m";
    case Colour::Yellow: return "\x1b[33m";
    case Colour::Blue: return "\x1b[34m";
    case Colour::Magenta: return "\x1b[35m";
    case Colour::Cyan: return "\x1b[36m";
    }
    return "";
}

}  // namespace

bool wantsColour(const std::string& mode, bool isTerminal)
{
    if (mode != "auto") return mode == "always";
    const char* terminal = std::getenv("TERM");  // NOLINT(concurrency-mt-unsafe): read only
    return isTerminal && !isSet("NO_COLOR") && terminal != nullptr && std::string(terminal) != "dumb";
}

unsigned terminalWidth()
{
    winsize size{};
    return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

void Output::line(const std::string& text)
{
    _stream << text << '\n' << std::flush;
    if (!_stream) throw OutputClosed();
}

std::string Output::paint(Colour colour, const std::string& text) const
{
    return !_colour || colour == Colour::None ? text : sequence(colour) + text + "\x1b[0m";
}

Colour colourOfState(const std::string& state)
{
    if (state == "ready" || state == "running" || state == "open" || state == "done") return Colour::Green;
    if (state == "failed" || state == "lost" || state == "threw" || state == "error") return Colour::Red;
    if (state == "stopped" || state == "removed" || state == "closed" || state == "debug") return Colour::Dim;
    return state == "info" ? Colour::None : Colour::Yellow;
}

Colour colourOfId(int id)
{
    constexpr std::array<Colour, 5> kWheel{Colour::Cyan, Colour::Yellow, Colour::Green, Colour::Magenta,
                                           Colour::Blue};
    return kWheel[static_cast<unsigned>(id) % kWheel.size()];
}

}  // namespace clustermanager::cmctl
