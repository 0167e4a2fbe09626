#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "child/ChildMain.h"

namespace clustermanager::child {

/// What tells a process from the others of its group, in names of files and in its title: "3", "master".
std::string slotName(ChildId child);

/// CM_CHILD_ID and its companions, LISTEN_FDS where there are listeners. Takes out what was meant for the
/// host alone. In a run_master CM_CHILD_ID is "GROUP-master".
///
/// What differs from child to child is text of ours that the environment points to, so that it is changed
/// without memory of the C library's, which keeps every value it was ever given. At most one in a process,
/// which is single-threaded while anything here is called.
class ChildEnvironment
{
public:
    ChildEnvironment() = default;
    ~ChildEnvironment();
    ChildEnvironment(const ChildEnvironment&) = delete;
    ChildEnvironment& operator=(const ChildEnvironment&) = delete;

    /// What is the same in every child, and room for the rest.
    void prepare(const link::GenerationPlan& plan);

    void introduce(const Identity& identity);

    /// In the process's own: only there is its pid known.
    void begin(const link::GenerationPlan& plan);

private:
    /// NAME=VALUE, as environ(7) has it.
    class Variable
    {
    public:
        explicit Variable(const char* name);
        void set(std::uint64_t value);
        void enter();
        void remove();

    private:
        const char* _name;
        std::size_t _head;
        std::array<char, 48> _text{};
        bool _entered = false;
    };

    void beginRunMaster(const link::GenerationPlan& plan);

    bool _hasListeners = false;
    ChildId _child{};  // of who was introduced
    Variable _id{"CM_CHILD_ID"};
    Variable _index{"CM_CHILD_INDEX"};
    Variable _restart{"CM_RESTART"};
    Variable _listenPid{"LISTEN_PID"};
};

/// "cm-GROUP-ID", the group cut so that the id stays visible in the kernel's 15 characters.
std::string processName(const std::string& group, ChildId child);

}  // namespace clustermanager::child
