#include "cmctl/Screen.h"

#include <unistd.h>

#include <ncurses.h>

#include <clocale>
#include <cstdio>

#include "cmctl/Failure.h"
#include "cmctl/TextTable.h"

namespace clustermanager::cmctl {

namespace {

chtype attribute(Colour colour, bool coloured)
{
    if (colour == Colour::None) return A_NORMAL;
    if (colour == Colour::Bold) return A_BOLD;
    if (colour == Colour::Dim) return A_DIM;
    return coloured ? static_cast<chtype>(COLOR_PAIR(static_cast<int>(colour))) : A_NORMAL;
}

void defineColours()
{
    start_color();
    use_default_colors();
    init_pair(static_cast<short>(Colour::Red), COLOR_RED, -1);
    init_pair(static_cast<short>(Colour::Green), COLOR_GREEN, -1);
    init_pair(static_cast<short>(Colour::Yellow), COLOR_YELLOW, -1);
    init_pair(static_cast<short>(Colour::Blue), COLOR_BLUE, -1);
    init_pair(static_cast<short>(Colour::Magenta), COLOR_MAGENTA, -1);
    init_pair(static_cast<short>(Colour::Cyan), COLOR_CYAN, -1);
}

}  // namespace

Screen::Screen(bool colour) : _colour(colour)
{
    if (::isatty(STDIN_FILENO) == 0 || ::isatty(STDOUT_FILENO) == 0)
        throw usage("top needs a terminal; `cmctl status` is for everything else");
    (void)std::setlocale(LC_CTYPE, "");  // NOLINT(concurrency-mt-unsafe): there is no other thread
    _terminal = newterm(nullptr, stdout, stdin);
    if (_terminal == nullptr) throw usage("the terminal is not known by its TERM; try TERM=xterm");
    set_term(static_cast<SCREEN*>(_terminal));
    cbreak();
    noecho();
    curs_set(0);
    keypad(stdscr, TRUE);
    set_escdelay(25);
    _colour = _colour && has_colors();
    if (_colour) defineColours();
}

Screen::~Screen()
{
    endwin();
    delscreen(static_cast<SCREEN*>(_terminal));
}

int Screen::rows() const
{
    return getmaxy(stdscr);
}

int Screen::columns() const
{
    return getmaxx(stdscr);
}

void Screen::clear()
{
    erase();
}

void Screen::write(int row, int column, const std::string& text, Colour colour, bool inverse)
{
    if (row < 0 || row >= rows() || column >= columns()) return;
    const chtype attributes = attribute(colour, _colour) | (inverse ? A_REVERSE : A_NORMAL);
    attrset(static_cast<int>(attributes));
    mvaddstr(row, column, shortened(text, static_cast<std::size_t>(columns() - column)).c_str());
    attrset(static_cast<int>(A_NORMAL));
}

void Screen::show()
{
    refresh();
}

Screen::Pressed Screen::wait(Millis patience)
{
    timeout(static_cast<int>(patience.count()));
    const int key = getch();
    switch (key)
    {
    case ERR: return {};
    case KEY_UP: return {Key::Up, 0};
    case KEY_DOWN: return {Key::Down, 0};
    case KEY_PPAGE: return {Key::PageUp, 0};
    case KEY_NPAGE: return {Key::PageDown, 0};
    case KEY_RESIZE: return {Key::Resized, 0};
    default: return {Key::Other, key};
    }
}

}  // namespace clustermanager::cmctl
