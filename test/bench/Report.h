#pragma once

#include <ostream>
#include <string>

#include "Figure.h"

namespace clustermanager::bench {

/// Where and on what was measured.
struct Machine
{
    std::string commit;
    std::string kernel;
    std::string processor;
    unsigned cpus = 0;
    std::string load;  // /proc/loadavg before the first figure
};
Machine thisMachine();

void printTable(std::ostream& out, const Figures& figures);

/// Everything, with a summary of the samples, as one JSON object.
void writeJson(std::ostream& out, const Machine& machine, const Figures& figures);

}  // namespace clustermanager::bench
