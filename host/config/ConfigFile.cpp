#include "config/ConfigFile.h"

#include <algorithm>
#include <array>
#include <exception>

#include <Poco/Exception.h>
#include <Poco/TextEncoding.h>
#include <Poco/UTF8Encoding.h>

#include "config/BoundedFile.h"
#include "config/NearestKey.h"
#include "config/OptionValue.h"

namespace clustermanager::config {

namespace {

constexpr std::size_t kMaxFileSize = 1'048'576;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

struct Format
{
    std::string_view ending;
    FlatEntries (*read)(const std::string& text);
};
constexpr std::array<Format, 4> kFormats{
    {{".properties", readProperties}, {".ini", readIni}, {".xml", readXml}, {".json", readJson}}};

const Format* formatOf(const std::string& path)
{
    for (const Format& format : kFormats)
        if (path.size() > format.ending.size() &&
            path.compare(path.size() - format.ending.size(), std::string::npos, format.ending) == 0)
            return &format;
    return nullptr;
}

std::size_t lineAt(const std::string& text, std::size_t position)
{
    return 1 + static_cast<std::size_t>(
                   std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(position), '\n'));
}

/// The length of the valid UTF-8 sequence at `position`; 0: it is not valid.
std::size_t sequenceLength(const std::string& text, std::size_t position)
{
    const auto* bytes = reinterpret_cast<const unsigned char*>(text.data()) + position;
    if (bytes[0] < 0x80) return 1;
    const std::size_t length = bytes[0] >= 0xf0 ? 4 : bytes[0] >= 0xe0 ? 3 : bytes[0] >= 0xc0 ? 2 : 0;
    if (length == 0 || text.size() - position < length) return 0;
    return Poco::UTF8Encoding::isLegal(bytes, static_cast<int>(length)) ? length : 0;
}

void checkBytes(const std::string& text)
{
    for (std::size_t position = 0; position < text.size();)
    {
        if (text[position] == '\0') throw FormatError{lineAt(text, position), "there is a NUL byte"};
        const std::size_t length = sequenceLength(text, position);
        if (length == 0) throw FormatError{lineAt(text, position), "there is a byte that is not valid UTF-8"};
        position += length;
    }
    if (trimmed(text).empty()) throw FormatError{0, "the file is empty"};
}

/// Without a byte order mark, and with '\n' alone at the end of each line.
std::string normalized(std::string text)
{
    if (text.compare(0, kByteOrderMark.size(), kByteOrderMark) == 0) text.erase(0, kByteOrderMark.size());
    std::string result;
    result.reserve(text.size());
    for (std::size_t position = 0; position < text.size(); ++position)
        if (text[position] != '\r' || position + 1 == text.size() || text[position + 1] != '\n')
            result += text[position];
    return result;
}

}  // namespace

std::variant<FlatEntries, ConfigProblem> readConfigFile(const std::string& path)
{
    const Format* format = formatOf(path);
    if (format == nullptr)
        return ConfigProblem{
            "",
            inQuotes(path) + " has no known ending: .properties, .ini, .xml or .json says how it is written",
            path};
    auto read = readBoundedFile(path, kMaxFileSize);
    if (auto* why = std::get_if<std::string>(&read)) return ConfigProblem{"", std::move(*why), path};
    try
    {
        const std::string text = normalized(std::move(std::get<BoundedFile>(read).content));
        checkBytes(text);
        return format->read(text);
    }
    catch (const FormatError& problem)
    {
        return ConfigProblem{"", problem.text, path, problem.line};
    }
    catch (const Poco::Exception& problem)
    {
        return ConfigProblem{"", problem.displayText(), path};
    }
    catch (const std::exception& problem)
    {
        return ConfigProblem{"", problem.what(), path};
    }
}

}  // namespace clustermanager::config
