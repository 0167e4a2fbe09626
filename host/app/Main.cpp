#include <clustermanager/start.hpp>

/// The host as a program of its own: no child of its own, so its groups are the plugins it is told of.
int main(int argc, char** argv)
{
    cm::Options options;
    options.argc = argc;
    options.argv = argv;
    return cm::start(options, nullptr);
}
