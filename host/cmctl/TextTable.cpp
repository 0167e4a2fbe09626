#include "cmctl/TextTable.h"

#include <algorithm>

namespace clustermanager::cmctl {

namespace {

constexpr std::size_t kGap = 2;

bool startsCharacter(char byte)
{
    return (static_cast<unsigned char>(byte) & 0xC0u) != 0x80u;
}

std::string aligned(const std::string& text, std::size_t width, bool right)
{
    const std::string fill(width - std::min(width, characters(text)), ' ');
    return right ? fill + text : text + fill;
}

}  // namespace

std::size_t characters(const std::string& text)
{
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), startsCharacter));
}

std::string shortened(const std::string& text, std::size_t limit)
{
    if (characters(text) <= limit) return text;
    std::string result;
    std::size_t count = 0;
    for (const char byte : text)
    {
        if (startsCharacter(byte) && ++count >= limit) break;
        result += byte;
    }
    return limit == 0 ? "" : result + "~";
}

void TextTable::write(Output& output) const
{
    std::vector<std::size_t> widths;
    std::vector<Cell> titles;
    for (std::size_t i = 0; i < _columns.size(); ++i)
    {
        widths.push_back(_columns[i].title.size());
        for (const auto& row : _rows) widths[i] = std::max(widths[i], characters(row[i].text));
        titles.emplace_back(_columns[i].title, Colour::Bold);
    }
    const auto writeRow = [&](const std::vector<Cell>& row) {
        std::string line;
        std::size_t used = 0;
        for (std::size_t i = 0; i < row.size(); ++i)
        {
            const bool last = i + 1 == row.size();
            std::string text = last && !_columns[i].rightAligned
                                   ? row[i].text
                                   : aligned(row[i].text, widths[i], _columns[i].rightAligned);
            if (output.width() > 0)
                text = shortened(text, output.width() - std::min<std::size_t>(used, output.width()));
            used += characters(text) + kGap;
            line += output.paint(row[i].colour, text);
            if (!last) line += std::string(kGap, ' ');
        }
        line.erase(line.find_last_not_of(' ') + 1);
        output.line(line);
    };
    writeRow(titles);
    for (const auto& row : _rows) writeRow(row);
}

}  // namespace clustermanager::cmctl
