#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "base/FileDescriptor.h"
#include "base/Types.h"

namespace clustermanager::runtime {

/// The program that is to take over, started in a process of its own to read the state and say whether it
/// could go on with it. It touches nothing of ours, and is killed with this object or when we die. (Hence
/// fork and exec instead of posix_spawn, which cannot ask for that.)
///
/// Threading: the master's loop thread only.
class Rehearsal
{
public:
    static constexpr Millis kPatience{10'000};
    static constexpr std::size_t kAnswerBytesMax = 4096;

    /// What it answers: a word, and then its version or the reason.
    static constexpr const char* kGood = "good ";
    static constexpr const char* kBad = "bad ";

    /// Throws Poco::SystemException where the kernel has no process or descriptor left.
    Rehearsal(const std::string& program, const std::vector<std::string>& arguments,
              const FileDescriptor& state, TimePoint now);
    ~Rehearsal();
    Rehearsal(const Rehearsal&) = delete;
    Rehearsal& operator=(const Rehearsal&) = delete;

    /// Readable when there is something to receive().
    int fd() const { return _answer.get(); }
    TimePoint deadline() const { return _deadline; }
    pid_t pid() const { return _pid; }

    struct Verdict
    {
        bool good = false;
        std::string text;  // its version, or why not
    };
    /// Nothing while it has not said all.
    std::optional<Verdict> receive();

private:
    Verdict judge() const;

    pid_t _pid = 0;
    FileDescriptor _answer;
    std::string _text;
    TimePoint _deadline;
};

}  // namespace clustermanager::runtime
