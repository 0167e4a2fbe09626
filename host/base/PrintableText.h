#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// What may be shown as it is: text of others must neither forge a line nor speak to a terminal.
namespace clustermanager {

/// The number of bytes of the printable character at the start of `text`, which is not empty: valid UTF-8 and
/// no control character but tab. 0 where there is none.
std::size_t printableAt(std::string_view text);

/// "\x1b"
std::string escapedByte(char byte);

/// One line of any bytes: each that is not part of a printable character becomes \xNN.
std::string printable(std::string_view text);

/// The same in at most `most` bytes: what is longer is cut, never within a character, and ends in " [cut]".
void appendPrintable(std::string& line, std::string_view text, std::size_t most);

/// Appends what `appendOne(line, rest)` makes of the text, which answers how many bytes of it that took,
/// until `most` bytes are full: then it is cut as above.
template <class AppendOne>
void appendCut(std::string& line, std::string_view text, std::size_t most, AppendOne appendOne)
{
    constexpr std::string_view kCutMark = " [cut]";
    const std::size_t end = line.size() + most;
    std::size_t cutAt = line.size();  // the mark has room after this
    while (!text.empty())
    {
        text.remove_prefix(appendOne(line, text));
        if (line.size() + kCutMark.size() <= end) cutAt = line.size();
        if (line.size() <= end) continue;
        line.resize(cutAt);
        line += kCutMark;
        return;
    }
}

}  // namespace clustermanager
