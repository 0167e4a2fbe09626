#include "cmctl/TopScreen.h"

#include <algorithm>
#include <array>

#include "base/PrintableText.h"
#include "cmctl/Units.h"

namespace clustermanager::cmctl {

namespace {

constexpr int kHeadRows = 2;  // the host, and the titles
constexpr int kFootRows = 1;

constexpr const char* kKeys =
    "q quit  up/down select  l log  R restart  sort: i id  c cpu  m memory  r restarts  u uptime  s req/s";

struct Field
{
    const char* title;
    int column;
    int width;  // right-aligned where it is positive
    TopColumn sorts;
    bool sortable;
};

constexpr std::array<Field, 9> kFields{{
    {"ID", 0, 5, TopColumn::Id, true},
    {"GROUP", 7, -16, TopColumn::Id, false},
    {"STATE", 24, -10, TopColumn::Id, false},
    {"PID", 34, 8, TopColumn::Id, false},
    {"CPU%", 43, 7, TopColumn::Cpu, true},
    {"MEMORY", 51, 8, TopColumn::Memory, true},
    {"RESTARTS", 60, 9, TopColumn::Restarts, true},
    {"UPTIME", 70, 9, TopColumn::Uptime, true},
    {"REQ/S", 80, 9, TopColumn::Requests, true},
}};

// NOLINTNEXTLINE(readability-function-size): each of its parameters is one of the screen's own
void writeField(Screen& screen, int row, const Field& field, std::string text, Colour colour, bool inverse)
{
    const int width = std::abs(field.width);
    if (static_cast<int>(text.size()) > width) text.resize(static_cast<std::size_t>(width));
    const int shift = field.width > 0 ? width - static_cast<int>(text.size()) : 0;
    screen.write(row, field.column + shift, text, colour, inverse);
}

template <class Number, class Write>
std::string orDash(const std::optional<Number>& number, Write toText)
{
    return number ? toText(*number) : "-";
}

void drawRow(Screen& screen, int row, const TopRow& one, bool selected)
{
    const ChildRow& child = one.child;
    const std::array<std::string, kFields.size()> texts{std::to_string(child.id),
                                                        child.group,
                                                        child.state + (child.standsIn ? "+" : ""),
                                                        child.pid == 0 ? "-" : std::to_string(child.pid),
                                                        orDash(one.cpuPercent, decimal),
                                                        orDash(child.rssKiB, sizeText),
                                                        std::to_string(child.restarts),
                                                        orDash(child.uptimeMs, durationText),
                                                        orDash(one.requestsPerSecond, decimal)};
    if (selected)
        screen.write(row, 0, std::string(static_cast<std::size_t>(screen.columns()), ' '), Colour::None,
                     true);
    for (std::size_t i = 0; i < kFields.size(); ++i)
        writeField(screen, row, kFields[i], texts[i],
                   i == 2 && !selected ? colourOfState(child.state) : Colour::None, selected);
}

std::string headOf(const HostStatus& status)
{
    const auto ready = std::count_if(status.children.begin(), status.children.end(),
                                     [](const ChildRow& child) { return child.state == "ready"; });
    return "clustermanager " + status.master.version + "  pid " + std::to_string(status.master.pid) +
           "  up " + durationText(status.master.uptimeMs) + "  memory " + sizeText(status.master.rssKiB) +
           "  " + std::to_string(ready) + "/" + std::to_string(status.children.size()) + " ready";
}

}  // namespace

int listHeight(const Screen& screen)
{
    return std::max(screen.rows() - kHeadRows - kFootRows, 1);
}

void draw(Screen& screen, const TopPicture& picture)
{
    screen.clear();
    screen.write(0, 0, headOf(picture.status), picture.away ? Colour::Dim : Colour::Bold);
    for (const Field& field : kFields)
        writeField(screen, 1, field, field.title, Colour::Bold,
                   field.sortable && field.sorts == picture.model.column());
    // The selected row is always to be seen.
    const int height = listHeight(screen);
    const int selected = static_cast<int>(picture.model.selected());
    const int first = std::max(0, selected - height + 1);
    const auto& rows = picture.model.rows();
    for (int i = 0; i < height && first + i < static_cast<int>(rows.size()); ++i)
        drawRow(screen, kHeadRows + i, rows[static_cast<std::size_t>(first) + static_cast<std::size_t>(i)],
                first + i == selected);
    screen.write(screen.rows() - 1, 0, picture.lastLine.empty() ? kKeys : picture.lastLine,
                 picture.away               ? Colour::Red
                 : picture.lastLine.empty() ? Colour::Dim
                                            : Colour::Yellow);
    screen.show();
}

void drawText(Screen& screen, const std::string& title, const std::string& text)
{
    screen.clear();
    screen.write(0, 0, title + "  (any key goes back)", Colour::Bold);
    std::size_t end = text.size();
    for (int row = screen.rows() - 1; row > 0 && end > 0; --row)
    {
        const std::size_t newline = text.rfind('\n', end - 1);
        const std::size_t begin = newline == std::string::npos ? 0 : newline + 1;
        screen.write(row, 0, printable(std::string_view(text).substr(begin, end - begin)));
        end = begin == 0 ? 0 : begin - 1;
    }
    screen.show();
}

}  // namespace clustermanager::cmctl
