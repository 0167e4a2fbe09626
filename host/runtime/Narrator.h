#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>

#include "core/Supervisor.h"
#include "runtime/ChildTable.h"
#include "runtime/Journal.h"

namespace clustermanager::runtime {

/// Tells the journal what the supervisor does. Only after the orders of a step have been carried out, so that
/// nothing waits for words.
///
/// Threading: the master's loop thread only.
class Narrator
{
public:
    /// `over` is told of each operation that has ended, once.
    Narrator(
        const core::Supervisor& supervisor, ChildTable& children, Journal& journal,
        std::function<void(const core::Operation&)> over = [](const core::Operation&) {});

    /// As things are is known: another image of this process has told it.
    void resume();
    /// What the last step of the supervisor has changed. After each step.
    void follow();

    void announced(const core::Announce& line);  // of that step
    void configurationRead(const core::CommandReply& reply);
    void host(core::HostChanged::What what, const std::string& text, const std::string& reason = "");

private:
    using Severity = core::Announce::Severity;

    void tell(const core::ChildEnded& change);
    void tell(const core::ChildEntered& change);
    void followGroups();
    void followOperations();
    void record(Severity severity, std::string group, std::string text,
                decltype(core::Occurrence::what) what);
    std::string groupName(GroupId group) const;

    /// A group as it was last told.
    struct Told
    {
        std::string name;
        core::GroupChanged picture;
    };

    const core::Supervisor& _supervisor;
    ChildTable& _children;
    Journal& _journal;
    std::function<void(const core::Operation&)> _over;
    std::unordered_map<GroupId, Told> _groups;
    std::unordered_map<OperationId, core::OperationChanged> _operations;  // as last told
};

}  // namespace clustermanager::runtime
