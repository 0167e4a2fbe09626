#include <string>
#include <vector>

#include "config/OptionTable.h"

namespace clustermanager::config {

namespace {

struct Chapter
{
    OptionScope scope;
    std::string_view title;
};

const std::vector<Chapter>& chapters()
{
    static const std::vector<Chapter> all{
        {OptionScope::Both,
         "In [cluster] as the default of every group, or in [plugin.NAME] for that group:"},
        {OptionScope::Group, "In [plugin.NAME] alone:"},
        {OptionScope::Cluster, "In [cluster] alone:"},
    };
    return all;
}

std::string defaultText(const Option& option)
{
    return option.fallback.empty() ? "unset" : std::string(option.fallback);
}

/// The words of `text` in lines of at most `width` columns, each line after `indent`.
std::string wrapped(std::string_view text, std::string_view indent, std::size_t width)
{
    std::string result;
    std::string line(indent);
    while (!text.empty())
    {
        const std::size_t end = std::min(text.find(' '), text.size());
        const std::string_view word = text.substr(0, end);
        if (line.size() > indent.size() && line.size() + 1 + word.size() > width)
        {
            result += line + "\n";
            line = indent;
        }
        if (line.size() > indent.size()) line += ' ';
        line += word;
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return result + line + "\n";
}

template <class Write>
void forEachOption(OptionScope scope, Write write)
{
    for (const Option& option : optionTable())
        if (option.scope == scope) write(option);
}

constexpr std::string_view kIntroduction =
    "Files: .properties, .ini, .xml or .json, all with the same keys. On the command line: -D key=value. "
    "Times are milliseconds, or carry ms, s, m or h; sizes are bytes, or carry K, M or G (powers of 1000). "
    "Relative paths start in the working folder. ${key} and ${system.env.NAME} are replaced.";

constexpr std::string_view kFurtherSections =
    "[listen] NAME = ADDRESS opens a listener: HOST:PORT, [IPV6]:PORT, *:PORT (all IPv4 addresses), PORT (on "
    "127.0.0.1), an absolute path or unix:PATH. "
    "[plugin.NAME] also holds the plugin's own keys. logging.format is text or json: what the lines of the "
    "host's and the children's own logs look like. All other logging.* are Poco's logging keys.";

}  // namespace

std::string_view scopeText(OptionScope scope)
{
    for (const Chapter& chapter : chapters())
        if (chapter.scope == scope) return chapter.title;
    return "";
}

std::string_view filesText()
{
    return kIntroduction;
}

std::string_view furtherSectionsText()
{
    return kFurtherSections;
}

std::string helpConfig()
{
    constexpr std::size_t kWidth = 110;
    std::string help = wrapped(kIntroduction, "", kWidth) + "\n" + wrapped(kFurtherSections, "", kWidth);
    for (const Chapter& chapter : chapters())
    {
        help += "\n" + std::string(chapter.title) + "\n";
        forEachOption(chapter.scope, [&](const Option& option) {
            help += "  " + std::string(option.name) + " = " + defaultText(option) + "  (" +
                    boundsText(option) + ")\n" + wrapped(option.text, "      ", kWidth);
        });
    }
    return help;
}

std::string markdownConfig()
{
    std::string table = "| key | section | default | values | meaning |\n| --- | --- | --- | --- | --- |\n";
    for (const Chapter& chapter : chapters())
    {
        const std::string section = chapter.scope == OptionScope::Both    ? "cluster, plugin.NAME"
                                    : chapter.scope == OptionScope::Group ? "plugin.NAME"
                                                                          : "cluster";
        forEachOption(chapter.scope, [&](const Option& option) {
            const std::string fallback =
                option.fallback.empty() ? "unset" : "`" + std::string(option.fallback) + "`";
            table += "| `" + std::string(option.name) + "` | " + section + " | " + fallback + " | " +
                     boundsText(option) + " | " + std::string(option.text) + " |\n";
        });
    }
    return table;
}

std::string propertiesConfig()
{
    constexpr std::size_t kWidth = 110;
    std::string file =
        "# Every key of ClusterManager with its default. Take the '#' away before what you change.\n" +
        wrapped(kIntroduction, "# ", kWidth) + "#\n" + wrapped(kFurtherSections, "# ", kWidth) +
        "\n#listen.http = 127.0.0.1:8080\n\n#logging.format = text\n";
    for (const Chapter& chapter : chapters())
    {
        const std::string prefix = chapter.scope == OptionScope::Group ? "plugin.NAME." : "cluster.";
        file += "\n# " + std::string(chapter.title) + "\n";
        forEachOption(chapter.scope, [&](const Option& option) {
            file +=
                "\n" + wrapped(option.text, "# ", kWidth) + "# " +
                (option.fallback.empty() ? "Unset by default" : "Default " + std::string(option.fallback)) +
                "; " + boundsText(option) + ".\n#" + prefix + std::string(option.name) + " =" +
                (option.fallback.empty() ? "" : " " + std::string(option.fallback)) + "\n";
        });
    }
    return file;
}

}  // namespace clustermanager::config
