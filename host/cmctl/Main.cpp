#include <csignal>
#include <iostream>

#include "cmctl/Application.h"

int main(int argc, char** argv)
{
    // Whoever reads our output may go: writing says so then, and the command ends in its own way.
    (void)std::signal(SIGPIPE, SIG_IGN);
    try
    {
        clustermanager::cmctl::Application application;
        return application.runCommand({argv, argv + argc});
    }
    catch (const std::exception& problem)
    {
        // Poco's constructor needs a working folder.
        std::cerr << "cmctl: " << problem.what() << std::endl;
        return 1;
    }
}
