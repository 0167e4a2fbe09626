#include "history/Rows.h"

#include "control/OccurrenceJson.h"

namespace clustermanager::history {

namespace {

ChildId childOf(const core::Occurrence& occurrence)
{
    const auto* ended = std::get_if<core::ProcessEnded>(&occurrence.what);
    return ended == nullptr ? ChildId{} : ended->process.child;
}

}  // namespace

bool isKept(const core::Occurrence& occurrence)
{
    const Overloaded kept{[](const core::ProcessEnded&) { return true; },
                          [](const core::OperationChanged& operation) {
                              return operation.state != core::OperationState::Waiting &&
                                     operation.state != core::OperationState::Running;
                          },
                          [](const core::ConfigurationRead&) { return true; },
                          [](const core::CommandAsked&) { return true; },
                          [](const core::HostChanged&) { return true; },
                          [](const auto&) { return false; }};
    return std::visit(kept, occurrence.what);
}

link::HistoryRow rowOf(const core::Occurrence& occurrence)
{
    return {occurrence.at, core::kind(occurrence), occurrence.group, childOf(occurrence),
            control::occurrenceJson(occurrence)};
}

}  // namespace clustermanager::history
