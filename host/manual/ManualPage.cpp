#include "manual/ManualPage.h"

#include <algorithm>

namespace clustermanager::manual {

namespace {

/// As one line of roff, or as several where the text has several.
std::string escaped(std::string_view text)
{
    std::string result;
    bool atStart = true;
    for (const char c : text)
    {
        if (atStart && (c == '.' || c == '\'')) result += "\\&";
        atStart = c == '\n';
        switch (c)
        {
        case '\\': result += "\\e"; break;
        case '-': result += "\\-"; break;
        case '\'': result += "\\(aq"; break;
        case '`': result += "\\(ga"; break;
        case '^': result += "\\(ha"; break;
        case '~': result += "\\(ti"; break;
        case '"': result += "\\(dq"; break;
        default: result += c;
        }
    }
    return result;
}

std::string upperCase(std::string_view text)
{
    std::string upper(text);
    for (char& c : upper)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    return upper;
}

}  // namespace

ManualPage::ManualPage(std::string_view name, unsigned chapter, std::string_view version,
                       std::string_view summary)
{
    _text = ".TH \"" + escaped(upperCase(name)) + "\" \"" + std::to_string(chapter) +
            "\" \"\" \"ClusterManager " + escaped(version) + "\"\n";
    section("Name");
    line(escaped(name) + " \\- " + escaped(summary));
}

void ManualPage::section(std::string_view title)
{
    line(".SH \"" + escaped(upperCase(title)) + "\"");
}

void ManualPage::subsection(std::string_view title)
{
    line(".SS \"" + escaped(title) + "\"");
}

void ManualPage::paragraph(std::string_view text)
{
    line(".PP");
    line(escaped(text));
}

void ManualPage::item(std::string_view term, std::string_view text)
{
    line(".TP");
    line(".B \"" + escaped(term) + "\"");
    line(escaped(text));
}

void ManualPage::example(std::string_view lines)
{
    line(".PP");
    line(".RS 4");
    line(".EX");
    line(escaped(lines));
    line(".EE");
    line(".RE");
}

void ManualPage::line(std::string_view text)
{
    _text += text;
    _text += '\n';
}

}  // namespace clustermanager::manual
