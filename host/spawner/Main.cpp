#include <sysexits.h>
#include <unistd.h>

#include <iostream>

#include "spawner/OwnProcess.h"
#include "spawner/SpawnerMain.h"

/// The spawner as a program of its own, for groups whose children come from a plugin file. It maps nothing
/// but what children need, and that pays with each of them: a fork copies every mapping, an end undoes it.
int main()
{
    using namespace clustermanager;
    std::optional<FileDescriptor> link = spawner::takeSpawnerRole();
    if (!link)
    {
        spawner::complain("this program is started by clustermanager; start that one");
        return EX_USAGE;
    }
    const int exitCode = spawner::runSpawner(std::move(*link), std::nullopt);
    std::cout.flush();
    ::_exit(exitCode);  // no static destructor of a preloaded plugin runs here
}
