#pragma once

#include "base/FileDescriptor.h"
#include "base/ProcessSys.h"
#include "child/ChildMain.h"
#include "link/Link.h"
#include "link/Messages.h"

/// Loading the plugin for the first time: nobody knows yet whether it can be. Each gives the message for the
/// master, Loaded or LoadFailed.
namespace clustermanager::spawner {

/// Loads into this process, so that all children share the plugin's pages. What its constructors changed on
/// the process is put right again. A plugin that hangs or ends this process is for the master to notice.
link::FromSpawner loadHere(child::Workshop& workshop, link::Link& master);

/// Lets a process of its own load, which ends afterwards, however the plugin behaves: within the plan's
/// startTimeoutMs. The caller reaps it.
link::FromSpawner loadElsewhere(ProcessSys& sys, child::Workshop& workshop, link::Link& master,
                                FileDescriptor& signals);

}  // namespace clustermanager::spawner
