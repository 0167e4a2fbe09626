#pragma once

namespace clustermanager::cmctl {

class Session;

/// The commands, each in the file of its name. They return the exit code, or throw a Failure.
namespace commands {

int status(Session& session);
int top(Session& session);
int logs(Session& session);
int events(Session& session);
int restart(Session& session);
int stop(Session& session);
int start(Session& session);
int scale(Session& session);
int reload(Session& session);
int logLevel(Session& session);
int config(Session& session);
int upgrade(Session& session);
int operations(Session& session);
int history(Session& session);
int crash(Session& session);
int reopen(Session& session);
int newPlugin(Session& session);
int completion(Session& session);
int help(Session& session);
int man(Session& session);
int names(Session& session);

}  // namespace commands

}  // namespace clustermanager::cmctl
