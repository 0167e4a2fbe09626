#pragma once

#include <system_error>
#include <thread>
#include <utility>

#include "base/PatientMemory.h"
#include "base/SysError.h"

namespace clustermanager {

/// A thread that runs `function`, or why there is none to be had (a limit of processes, no memory). For
/// threads without which the host goes on; an exception that left one would end it, so they are patient where
/// there is no memory.
template <class Function>
Result<std::thread> startThread(Function&& function)
{
    try
    {
        return std::thread([run = std::forward<Function>(function)]() mutable {
            const PatientMemory patient;
            run();
        });
    }
    catch (const std::system_error& problem)
    {
        return SysError{"pthread_create", "", problem.code().value()};
    }
}

}  // namespace clustermanager
