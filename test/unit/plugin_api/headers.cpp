// Compiled as C++17 and C++20, as a plugin with all of the headers.
#include <clustermanager/poco.hpp>

CM_PLUGIN("headers", "1.0")

namespace {

int serve(cm::Child& child)
{
    child.ready();
    child.waitForStop();
    return 0;
}

void supervise(cm::Master& master)
{
    master.waitForStop();
}

}  // namespace

CM_RUN_CHILD(serve)
CM_RUN_MASTER(supervise)
