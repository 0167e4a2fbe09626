#pragma once

#include <ucontext.h>

#include "child/CrashFacts.h"

namespace clustermanager::child {

/// Does ahead what the first walk of a process would otherwise take a lock for.
void prepareStackWalk();

/// Takes down the stack of the thread that a signal has interrupted at `context`: one function call after the
/// other, and the files they are in. To be called in the handler of that signal; takes no memory and no lock.
/// A damaged stack may lead it to memory that is not there: `facts` is sound at every moment.
///
/// `context` is changed meanwhile, and is as it was afterwards.
void walkStack(ucontext_t& context, CrashFacts& facts);

}  // namespace clustermanager::child
