#include "Report.h"

#include <algorithm>
#include <array>

#include "Text.h"

namespace clustermanager::bench {

namespace {

constexpr std::size_t kColumns = 6;
using Row = std::array<std::string, kColumns>;

Row rowOf(const Figure& figure)
{
    const std::string unit = figure.unit.empty() ? "" : " " + figure.unit;
    return {figure.phase + ": " + figure.name,
            decimal(figure.ours) + unit,
            figure.bare ? decimal(*figure.bare) + unit + (figure.bareName == "bare loop" ? "" : " *") : "",
            figure.ratio() ? decimal(*figure.ratio()) : "",
            figure.limitText(),
            figure.verdict()};
}

void writeNumber(std::ostream& out, const char* key, const std::optional<double>& number)
{
    if (number) out << ", \"" << key << "\": " << *number;
}

void writeSamples(std::ostream& out, const Samples& samples)
{
    out << "{\"n\": " << samples.count() << ", \"min\": " << samples.quantile(0)
        << ", \"median\": " << samples.median() << ", \"p90\": " << samples.quantile(0.9)
        << ", \"p99\": " << samples.quantile(0.99) << ", \"max\": " << samples.quantile(1) << "}";
}

void writeFigure(std::ostream& out, const Figure& figure)
{
    out << "    {\"phase\": " << quoted(figure.phase) << ", \"name\": " << quoted(figure.name)
        << ", \"unit\": " << quoted(figure.unit) << ", \"ours\": " << figure.ours;
    if (figure.bare) out << ", \"comparedWith\": " << quoted(figure.bareName);
    writeNumber(out, "bare", figure.bare);
    writeNumber(out, "ratio", figure.ratio());
    out << ", \"limit\": " << quoted(figure.limitText()) << ", \"verdict\": " << quoted(figure.verdict())
        << ", \"note\": " << quoted(figure.note) << ", \"samples\": {";
    const char* comma = "";
    for (const auto& [name, samples] : figure.samples)
    {
        out << std::exchange(comma, ", ") << quoted(name) << ": ";
        writeSamples(out, samples);
    }
    out << "}}";
}

}  // namespace

void printTable(std::ostream& out, const Figures& figures)
{
    std::vector<Row> rows{{"figure", "ours", "bare loop", "ratio", "limit", "verdict"}};
    for (const Figure& figure : figures) rows.push_back(rowOf(figure));
    Row::size_type widths[kColumns] = {};
    for (const Row& row : rows)
        for (std::size_t i = 0; i < kColumns; ++i) widths[i] = std::max(widths[i], row[i].size());
    for (const Row& row : rows)
    {
        std::string line;
        for (std::size_t i = 0; i < kColumns; ++i)
        {
            line.append(line.empty() ? 0 : 2, ' ');
            line += row[i] + std::string(widths[i] - row[i].size(), ' ');
        }
        out << line.substr(0, line.find_last_not_of(' ') + 1) << '\n';
    }
    for (const Figure& figure : figures)
    {
        const std::string other = figure.bareName == "bare loop" ? "" : "* " + figure.bareName + ". ";
        if (!figure.note.empty() || !other.empty())
            out << "  " << figure.phase << ": " << figure.name << ": " << other << figure.note << '\n';
    }
    out.flush();
}

void writeJson(std::ostream& out, const Machine& machine, const Figures& figures)
{
    out << "{\n  \"commit\": " << quoted(machine.commit)
        << ",\n  \"machine\": {\"kernel\": " << quoted(machine.kernel)
        << ", \"processor\": " << quoted(machine.processor) << ", \"cpus\": " << machine.cpus
        << ", \"load\": " << quoted(machine.load) << "},\n  \"figures\": [\n";
    const char* comma = "";
    for (const Figure& figure : figures)
    {
        out << std::exchange(comma, ",\n");
        writeFigure(out, figure);
    }
    out << "\n  ]\n}\n";
}

}  // namespace clustermanager::bench
