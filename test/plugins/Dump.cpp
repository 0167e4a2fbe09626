#include "Dump.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fcntl.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include <Poco/JSON/Object.h>

extern char** environ;

namespace {

const uid_t constructedAs = ::geteuid();

Poco::JSON::Object::Ptr descriptors()
{
    Poco::JSON::Object::Ptr result = new Poco::JSON::Object;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", ignored))
    {
        const std::string number = entry.path().filename().string();
        const std::string target = std::filesystem::read_symlink(entry.path(), ignored).string();
        // The descriptor that reads the folder is our own.
        if (target.find("/proc/") == 0 && target.find("/fd") != std::string::npos) continue;
        const int flags = ::fcntl(std::stoi(number), F_GETFD);
        Poco::JSON::Object::Ptr row = new Poco::JSON::Object;
        row->set("target", target);
        row->set("closeOnExec", (flags & FD_CLOEXEC) != 0);
        result->set(number, row);
    }
    return result;
}

Poco::JSON::Object::Ptr environment()
{
    Poco::JSON::Object::Ptr result = new Poco::JSON::Object;
    for (char** entry = environ; *entry != nullptr; ++entry)
    {
        const std::string line = *entry;
        const std::size_t equals = line.find('=');
        result->set(line.substr(0, equals), equals == std::string::npos ? "" : line.substr(equals + 1));
    }
    return result;
}

/// SigBlk, SigIgn, SigCgt, Threads, ... as the kernel prints them.
Poco::JSON::Object::Ptr kernelStatus()
{
    Poco::JSON::Object::Ptr result = new Poco::JSON::Object;
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
    {
        const std::size_t colon = line.find(":\t");
        if (colon != std::string::npos) result->set(line.substr(0, colon), line.substr(colon + 2));
    }
    return result;
}

}  // namespace

void dumpProcess(const std::string& path)
{
    Poco::JSON::Object root;
    root.set("fds", descriptors());
    root.set("environment", environment());
    root.set("status", kernelStatus());
    const mode_t mask = ::umask(0);
    ::umask(mask);
    root.set("umask", static_cast<unsigned>(mask));
    std::error_code ignored;
    root.set("cwd", std::filesystem::current_path(ignored).string());
    root.set("pid", ::getpid());
    root.set("pgrp", ::getpgrp());
    struct rlimit limit = {};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    root.set("nofile", static_cast<Poco::UInt64>(limit.rlim_cur));

    ::getrlimit(RLIMIT_CORE, &limit);
    root.set("core", static_cast<Poco::UInt64>(limit.rlim_cur));
    root.set("constructedAs", static_cast<unsigned>(constructedAs));

    // Whoever waits for the file must never see half of it.
    const std::string half = path + ".half";
    {
        std::ofstream file(half);
        root.stringify(file);
    }
    std::rename(half.c_str(), path.c_str());
}
