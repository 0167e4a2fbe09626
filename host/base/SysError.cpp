#include "base/SysError.h"

#include <system_error>

namespace clustermanager {

std::string errnoText(int code)
{
    return std::generic_category().message(code);
}

std::string SysError::text() const
{
    std::string text = operation;
    if (!object.empty()) text += " '" + object + "'";
    return text + ": " + errnoText(code) + " (" + std::to_string(code) + ")";
}

}  // namespace clustermanager
