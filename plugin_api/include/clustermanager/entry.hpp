#pragma once

/// The last part of plugin.hpp, which includes it: how the host gets into a plugin's C++, and how no
/// exception gets out of it.

#include <cxxabi.h>

#include <cstdlib>
#include <exception>
#include <memory>
#include <string>
#include <type_traits>
#include <typeinfo>

#include "clustermanager/plugin.h"

namespace cm {

namespace detail {

/// The exception that is being handled, without its type. poco.hpp puts one here that knows Poco's
/// exceptions.
using Describe = std::string (*)();

inline std::string describeStandard()
{
    try
    {
        throw;
    }
    catch (const std::exception& problem)
    {
        return problem.what();
    }
    catch (...)
    {
        return "";
    }
}

inline Describe describe = &describeStandard;

inline std::string currentTypeName()
{
    const std::type_info* type = abi::__cxa_current_exception_type();
    if (type == nullptr) return "something that is no C++ exception";
    int status = 0;
    const std::unique_ptr<char, decltype(&std::free)> name(
        abi::__cxa_demangle(type->name(), nullptr, nullptr, &status), &std::free);
    return status == 0 ? name.get() : type->name();
}

constexpr int kThrewExitCode = 70;  // EX_SOFTWARE

/// Calls the plugin's function. No exception crosses the C border: it becomes the reason of a failed end.
template <class Role, class Function>
int runGuarded(cm_context* context, const char* what, Function function)
{
    Role role(context);
    try
    {
        if constexpr (std::is_void_v<decltype(function(role))>)
        {
            function(role);
            return 0;
        }
        else
        {
            return function(role);
        }
    }
    catch (...)
    {
        const std::string type = currentTypeName();
        const std::string text = describe();
        role.fail(std::string(what) + " threw " + type + (text.empty() ? "" : ": ") + text);
        return kThrewExitCode;
    }
}

}  // namespace detail

}  // namespace cm

/// Makes `function`, int or void (cm::Child&), the plugin's run_child. An exception ends the process with its
/// text in the log and in the status, and with exit code 70.
#define CM_RUN_CHILD(function)                                                                               \
    extern "C" CM_EXPORT int run_child(cm_context* context)                                                  \
    {                                                                                                        \
        return cm::detail::runGuarded<cm::Child>(context, "run_child",                                       \
                                                 [](cm::Child& child) { return function(child); });          \
    }

/// The same for run_master, with cm::Master&.
#define CM_RUN_MASTER(function)                                                                              \
    extern "C" CM_EXPORT int run_master(cm_context* context)                                                 \
    {                                                                                                        \
        return cm::detail::runGuarded<cm::Master>(context, "run_master",                                     \
                                                  [](cm::Master& master) { return function(master); });      \
    }
