#pragma once

#include <system_error>
#include <thread>
#include <utility>

#include "base/SysError.h"

namespace clustermanager {

/// A thread that runs `function`, or why there is none to be had (a limit of processes, no memory). For
/// threads without which the host goes on.
template <class Function>
Result<std::thread> startThread(Function&& function)
{
    try
    {
        return std::thread(std::forward<Function>(function));
    }
    catch (const std::system_error& problem)
    {
        return SysError{"pthread_create", "", problem.code().value()};
    }
}

}  // namespace clustermanager
