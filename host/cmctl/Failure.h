#pragma once

#include <array>
#include <stdexcept>
#include <string>
#include <string_view>

namespace clustermanager::cmctl {

/// How cmctl ends: scripts rely on it.
enum class ExitCode : int
{
    Done = 0,
    Refused = 1,
    Usage = 2,
    Unreachable = 69
};

struct ExitCodeRow
{
    ExitCode code;
    std::string_view meaning;
};

constexpr std::array<ExitCodeRow, 4> kExitCodes{{
    {ExitCode::Done, "done"},
    {ExitCode::Refused, "the host refused, or what was asked for failed or did not end in time"},
    {ExitCode::Usage, "the command line is wrong"},
    {ExitCode::Unreachable, "the host cannot be reached"},
}};

/// Why a command did not do what it was asked for: one sentence for people, and the exit code.
class Failure : public std::runtime_error
{
public:
    Failure(ExitCode code, const std::string& sentence) : std::runtime_error(sentence), _code(code) {}

    ExitCode code() const { return _code; }

private:
    ExitCode _code;
};

inline Failure usage(const std::string& sentence)
{
    return {ExitCode::Usage, sentence};
}
inline Failure refused(const std::string& sentence)
{
    return {ExitCode::Refused, sentence};
}
inline Failure unreachable(const std::string& sentence)
{
    return {ExitCode::Unreachable, sentence};
}

/// Whoever read the output has gone (`cmctl logs | head`): the end of the command, and no failure.
struct OutputClosed
{};

}  // namespace clustermanager::cmctl
