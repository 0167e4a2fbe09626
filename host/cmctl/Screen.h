#pragma once

#include <cstdint>
#include <string>

#include "base/Types.h"
#include "cmctl/Output.h"

namespace clustermanager::cmctl {

/// The whole terminal for as long as the object lives, by ncurses; afterwards the terminal is as it was.
/// There is one at a time.
class Screen
{
public:
    enum class Key : std::uint8_t
    {
        None,  // nothing was pressed in time
        Up,
        Down,
        PageUp,
        PageDown,
        Resized,
        Other  // a character
    };
    struct Pressed
    {
        Key key = Key::None;
        int character = 0;
    };

    /// A Failure where standard input and output are no terminal, or one that ncurses does not know.
    explicit Screen(bool colour);
    ~Screen();
    Screen(const Screen&) = delete;
    Screen& operator=(const Screen&) = delete;
    Screen(Screen&&) = delete;
    Screen& operator=(Screen&&) = delete;

    int rows() const;
    int columns() const;

    void clear();
    /// Printable text; what does not fit on the line is cut.
    void write(int row, int column, const std::string& text, Colour colour = Colour::None,
               bool inverse = false);
    void show();

    Pressed wait(Millis patience);

private:
    bool _colour;
    void* _terminal;  // ncurses' own
};

}  // namespace clustermanager::cmctl
