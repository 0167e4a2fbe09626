#include "plugin/ExceptionText.h"

#include <Poco/Exception.h>
#include <cxxabi.h>

#include <cstdlib>
#include <exception>
#include <memory>
#include <typeinfo>

namespace clustermanager::plugin {

namespace {

std::string currentTypeName()
{
    const std::type_info* type = abi::__cxa_current_exception_type();
    if (type == nullptr) return "something that is no C++ exception";
    int status = 0;
    const std::unique_ptr<char, decltype(&std::free)> name(
        abi::__cxa_demangle(type->name(), nullptr, nullptr, &status), &std::free);
    return status == 0 ? name.get() : type->name();
}

}  // namespace

std::string currentExceptionText()
{
    std::string type = currentTypeName();
    if (!std::current_exception()) return type;
    try
    {
        throw;
    }
    catch (const Poco::Exception& problem)
    {
        return type + ": " + problem.displayText();
    }
    catch (const std::exception& problem)
    {
        return type + ": " + problem.what();
    }
    catch (...)
    {
        return type;
    }
}

}  // namespace clustermanager::plugin
