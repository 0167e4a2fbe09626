#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/Types.h"
#include "cmctl/CommandTable.h"

namespace clustermanager::cmctl {

/// One command line: the command, its arguments and its options, checked against the table. What is wrong is
/// a Failure of usage that names the word.
class Invocation
{
public:
    using Options = std::map<std::string, std::string>;

    /// `words` are the command and its arguments.
    Invocation(const std::vector<std::string>& words, Options options);

    const CommandRow& command() const { return *_command; }
    const std::vector<std::string>& arguments() const { return _arguments; }
    /// "" where there are not so many.
    std::string argument(std::size_t index) const;

    bool has(const std::string& option) const { return _options.count(option) != 0; }
    /// "" where it is not given.
    std::string text(const std::string& option) const;
    std::int64_t number(const std::string& option, std::int64_t fallback, std::int64_t min,
                        std::int64_t max) const;
    /// Nothing where it is not given.
    std::optional<Millis> duration(const std::string& option, Millis max) const;

    /// Plain decimal, or a failure that names `what`.
    static std::int64_t parseNumber(const std::string& what, const std::string& text, std::int64_t min,
                                    std::int64_t max);

private:
    void checkOptions() const;
    void checkArguments() const;

    const CommandRow* _command = nullptr;
    std::vector<std::string> _arguments;
    Options _options;
};

/// True for the number of a child: digits alone.
bool isChildId(const std::string& text);

/// "cmctl status [NAME|ID] [options]"
std::string usageOf(const CommandRow& command);

}  // namespace clustermanager::cmctl
