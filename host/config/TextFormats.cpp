#include <sstream>
#include <vector>

#include <Poco/Util/IniFileConfiguration.h>
#include <Poco/Util/PropertyFileConfiguration.h>

#include "config/FlatEntries.h"
#include "config/OptionValue.h"

/// Poco's classes read the two line formats, but take the last of two equal keys, skip what they do not
/// understand and know no line numbers. So each record is given to them on its own, and we keep the book.
namespace clustermanager::config {

namespace {

/// One record is all the lines up to one that does not end in a backslash (an even number of them is text).
bool isContinued(const std::string& line)
{
    const std::size_t last = line.find_last_not_of('\\');
    const std::size_t backslashes = line.size() - (last == std::string::npos ? 0 : last + 1);
    return backslashes % 2 == 1;
}

/// The one key and value that a configuration of Poco's found in a record.
template <class Configuration>
void addRecord(FlatEntries& entries, const std::string& prefix, const std::string& record, std::size_t line)
{
    std::istringstream stream(record);
    const Poco::AutoPtr<Configuration> parsed(new Configuration(stream));
    std::string key;
    std::vector<std::string> names;
    parsed->keys("", names);
    // A name is empty where the key starts with its '=' or a dot: there is nothing further to follow.
    while (!names.empty() && !(key.empty() && names.front().empty()))
    {
        key += (key.empty() ? "" : ".") + names.front();
        parsed->keys(key, names);
    }
    if (key.empty() || !parsed->hasProperty(key))
        throw FormatError{line, inQuotes(record) + " has no usable key before its '='"};
    entries.add(prefix + key, parsed->getRawString(key), line);
}

std::string sectionName(const std::string& line, std::size_t number)
{
    const std::string_view text = trimmed(line);
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) throw FormatError{number, inQuotes(line) + " lacks its ']'"};
    const std::string_view rest = trimmed(text.substr(end + 1));
    if (!rest.empty() && rest.front() != ';')
        throw FormatError{number, inQuotes(line) + " has text after its ']'"};
    const std::string_view name = trimmed(text.substr(1, end - 1));
    if (name.empty()) throw FormatError{number, inQuotes(line) + " names no section"};
    return std::string(name);
}

}  // namespace

FlatEntries readProperties(const std::string& text)
{
    FlatEntries entries;
    std::istringstream lines(text);
    std::size_t number = 0;
    for (std::string record; std::getline(lines, record);)
    {
        const std::size_t start = ++number;
        const std::string_view content = trimmed(record);
        if (content.empty() || content.front() == '#' || content.front() == '!') continue;
        if (content.find_first_of("=:") == std::string_view::npos)
            throw FormatError{start, inQuotes(content) + " has no '=': write key = value"};
        for (std::string next; isContinued(record) && std::getline(lines, next); ++number)
            record += "\n" + next;
        addRecord<Poco::Util::PropertyFileConfiguration>(entries, "", record, start);
    }
    return entries;
}

FlatEntries readIni(const std::string& text)
{
    FlatEntries entries;
    std::string prefix;
    std::istringstream lines(text);
    std::size_t number = 0;
    for (std::string line; std::getline(lines, line);)
    {
        ++number;
        const std::string_view content = trimmed(line);
        if (content.empty() || content.front() == ';') continue;
        if (content.front() == '#')
            throw FormatError{number, inQuotes(content) + ": a comment of an .ini file starts with ';'"};
        if (content.front() == '[')
        {
            prefix = sectionName(line, number) + ".";
            continue;
        }
        if (content.find('=') == std::string_view::npos)
            throw FormatError{number, inQuotes(content) + " has no '=': write key = value"};
        addRecord<Poco::Util::IniFileConfiguration>(entries, prefix, line, number);
    }
    return entries;
}

}  // namespace clustermanager::config
