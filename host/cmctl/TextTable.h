#pragma once

#include <string>
#include <utility>
#include <vector>

#include "cmctl/Output.h"

namespace clustermanager::cmctl {

/// Columns for people: as wide as their widest cell. On a terminal a line is cut at its edge.
class TextTable
{
public:
    struct Column
    {
        std::string title;
        bool rightAligned = false;
    };
    struct Cell
    {
        Cell(std::string cellText, Colour cellColour = Colour::None)
            : text(std::move(cellText)), colour(cellColour)
        {}
        std::string text;
        Colour colour;
    };

    explicit TextTable(std::vector<Column> columns) : _columns(std::move(columns)) {}

    /// As many cells as there are columns.
    void row(std::vector<Cell> cells) { _rows.push_back(std::move(cells)); }
    void write(Output& output) const;

private:
    std::vector<Column> _columns;
    std::vector<std::vector<Cell>> _rows;
};

/// In characters, of valid UTF-8.
std::size_t characters(const std::string& text);

/// The first `limit` characters; what is cut ends in "~".
std::string shortened(const std::string& text, std::size_t limit);

}  // namespace clustermanager::cmctl
