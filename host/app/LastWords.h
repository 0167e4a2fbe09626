#pragma once

namespace clustermanager::app {

/// From now on, when this process dies of a fault (SIGSEGV, SIGBUS, SIGILL, SIGFPE) or of SIGABRT, it says so
/// in one line on standard error, with the group whose run_master was running on that thread, if one was. It
/// dies of that very signal all the same. Nothing where a sanitizer has more to say.
void leaveLastWords();

}  // namespace clustermanager::app
