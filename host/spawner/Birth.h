#pragma once

#include "base/FileDescriptor.h"
#include "child/ChildMain.h"
#include "link/Link.h"
#include "link/Messages.h"

/// What a new process does right after the fork, when it has closed what is the spawner's. It has
/// inherited the spawner's default dispositions (see claimProcess), so only the mask is left to put right.
namespace clustermanager::spawner {

/// The next process to be forked, or this one, is to be the child of this order.
void introduce(child::Workshop& workshop, const link::SpawnOrder& order);

/// The child that was introduced before the fork.
[[noreturn]] void runChild(child::Workshop& workshop, FileDescriptor childLink);

/// Waits for the order that makes it a child. Ends when the spawner closes its link.
[[noreturn]] void runSpare(child::Workshop& workshop, link::Link orders);

}  // namespace clustermanager::spawner
