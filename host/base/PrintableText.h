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

}  // namespace clustermanager
