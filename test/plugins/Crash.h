#pragma once

#include <string>

/// Ends this process the way its name says: segv, abort, ill, fpe, bus, stack, terminate, _exit, quick_exit,
/// exit (all with code 3), kill (SIGKILL), throw-std, throw-poco, throw-int. "no such crash" is exit code 99.
///
/// null: a call of nothing; corrupt: with a stack full of rubbish; handler: in a signal handler of its own;
/// own-handler: with one for SIGSEGV, which ends with code 42; thread, threads: in a thread "crasher", in
/// several at once; thread-stack: by a stack overflow there; fork: in a process of its own, and then code 7.
///
/// pthread_exit: ends the thread alone; exec: becomes another program that runs for ever; daemonise: ends
/// with code 0 and goes on in another session.
[[noreturn]] void crash(const std::string& kind);
