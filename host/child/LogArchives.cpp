#include "child/LogArchives.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace clustermanager::child {

namespace {

constexpr unsigned kPurgedAtOnce = 1000;

}  // namespace

bool archiveLog(const std::string& path, unsigned archives)
{
    const auto archive = [&](unsigned number) { return path + "." + std::to_string(number); };
    unsigned free = 0;  // up to the first number that is, all move up by one
    while (free + 1 < archives && ::access(archive(free).c_str(), F_OK) == 0) ++free;
    for (; free > 0; --free) (void)::rename(archive(free - 1).c_str(), archive(free).c_str());
    for (unsigned i = 0; i < kPurgedAtOnce; ++i)  // the number may have been larger once
        if (::unlink(archive(archives + i).c_str()) != 0) break;

    const int moved = archives == 0 ? ::unlink(path.c_str()) : ::rename(path.c_str(), archive(0).c_str());
    return moved == 0 || errno == ENOENT;
}

}  // namespace clustermanager::child
