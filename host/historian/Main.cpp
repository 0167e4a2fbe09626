#include <sys/prctl.h>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <iostream>

#include "historian/Service.h"

/// The process of the host that keeps its history: started by history::HistoryProcess, of the same source,
/// with its end of the link as descriptor 3 and the arguments VERSION FILE ROWS AGE (milliseconds).
int main(int argc, char** argv)
{
    using namespace clustermanager;
    if (argc != 5)
    {
        std::cerr << "clustermanager-history is a part of clustermanager, which starts it." << std::endl;
        return 64;  // EX_USAGE
    }
    (void)::prctl(PR_SET_NAME, "cm-history");
    (void)::signal(SIGXFSZ, SIG_IGN);  // a file at its limit is an error of write(), not our end
    link::HistoryLink link(FileDescriptor(3));
    if (std::strcmp(argv[1], CM_VERSION) != 0)
        historian::refuse(std::move(link), std::string("its program is of version ") + CM_VERSION +
                                               ", the host of " + argv[1]);
    else
        historian::serve(std::move(link), argv[2],
                         {std::strtoull(argv[3], nullptr, 10), Millis(std::strtoll(argv[4], nullptr, 10))});
    return 0;
}
