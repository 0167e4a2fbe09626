#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// Every key of [cluster] and [plugin.NAME], declared once. The parser, the checks, the help text, the
/// README's table and etc/clustermanager.properties all come from here, so that they cannot disagree.
namespace clustermanager::config {

/// The sections a key may stand in.
enum class OptionScope : std::uint8_t
{
    Cluster,  // [cluster] alone
    Group,    // [plugin.NAME] alone
    Both      // [plugin.NAME], and [cluster] as the default of every group
};

enum class OptionType : std::uint8_t
{
    Integer,
    Size,      // bytes; K, M and G are powers of 1000
    Duration,  // milliseconds; also with ms, s, m, h
    Boolean,
    Choice,
    Text,
    Secret,  // text that is never shown
    Path,    // relative ones start in the working folder
    List     // separated by commas
};

struct Bounds
{
    std::int64_t min = 0;
    std::int64_t max = 0;
    bool zeroToo = false;  // 0 is allowed although it is below min
};

struct Option
{
    std::string_view name;
    OptionScope scope = OptionScope::Both;
    OptionType type = OptionType::Text;
    std::string_view fallback;  // the default, as one would write it; "": none, the text says what happens
    Bounds bounds;              // Integer, Size and Duration
    std::string_view choices;   // Choice: "always|on-failure|never", in the order of the enumerators
    std::string_view text;      // one or two sentences for whoever writes a configuration
};

/// All of them, in the order of the help text.
const std::vector<Option>& optionTable();

/// nullptr: there is no such key.
const Option* findOption(std::string_view name);

bool allowedInCluster(const Option& option);
bool allowedInGroup(const Option& option);

/// "always", "on-failure", "never"
std::vector<std::string_view> choicesOf(const Option& option);

/// "0..10000", "1ms..24h", "true or false": what may be written.
std::string boundsText(const Option& option);

/// The most children of all groups together, and of one.
constexpr std::int64_t kMaxChildren = 10'000;

/// Where a key of this scope may stand, as a headline.
std::string_view scopeText(OptionScope scope);
/// What files there are and how values are written in them.
std::string_view filesText();
/// What stands in a file beside the keys of the table.
std::string_view furtherSectionsText();

/// The text of --help-config, at most 110 columns wide.
std::string helpConfig();

/// The same as a Markdown table for the README.
std::string markdownConfig();

/// A commented .properties file with every key: etc/clustermanager.properties.
std::string propertiesConfig();

}  // namespace clustermanager::config
