#pragma once

#include <cstddef>
#include <map>
#include <string>

namespace clustermanager::config {

/// What is wrong with the text of a configuration file, and in which line (0: not known).
struct FormatError
{
    std::size_t line = 0;
    std::string text;
};

/// The keys and values of one file, whatever its format: dotted keys, upper and lower case told apart, values
/// trimmed. This is what makes the four formats mean the same.
class FlatEntries
{
public:
    struct Entry
    {
        std::string value;
        std::size_t line;  // 0: not known
    };

    /// Throws FormatError for a key that is there already, or that no section could hold.
    void add(const std::string& key, const std::string& value, std::size_t line);

    const std::map<std::string, Entry>& all() const { return _entries; }

private:
    std::map<std::string, Entry> _entries;
};

/// Each reads the whole text of a file. Throws FormatError or a Poco::Exception.
FlatEntries readProperties(const std::string& text);
FlatEntries readIni(const std::string& text);
FlatEntries readXml(const std::string& text);
FlatEntries readJson(const std::string& text);

}  // namespace clustermanager::config
