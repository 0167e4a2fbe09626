#pragma once

#include <cstdint>
#include <ostream>
#include <string>

namespace clustermanager::cmctl {

enum class Colour : std::uint8_t
{
    None,
    Bold,
    Dim,
    Red,
    Green,
    Yellow,
    Blue,
    Magenta,
    Cyan
};

/// "auto", "always" or "never": whether what is written may hold colours. auto: on a terminal that is not
/// dumb, unless NO_COLOR is set to something.
bool wantsColour(const std::string& mode, bool isTerminal);

/// Of the terminal at standard output, in columns; 0: there is none, and lines may have any length.
unsigned terminalWidth();

/// Where results go. Whatever comes from the host must be printable by then (JsonObject sees to that).
class Output
{
public:
    Output(std::ostream& stream, bool colour, unsigned width = 0)
        : _stream(stream), _colour(colour), _width(width)
    {}

    /// Writes the line at once; throws OutputClosed where nobody can read it any more.
    void line(const std::string& text);

    std::string paint(Colour colour, const std::string& text) const;
    unsigned width() const { return _width; }

private:
    std::ostream& _stream;
    bool _colour;
    unsigned _width;
};

/// Green for what serves, red for what failed, and so on: the same in every command.
Colour colourOfState(const std::string& state);

/// One of a few that differ well, always the same one for the same id.
Colour colourOfId(int id);

}  // namespace clustermanager::cmctl
