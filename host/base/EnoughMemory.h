#pragma once

namespace clustermanager {

/// Does it; false: there was not enough memory to. What throws in it for another reason is treated alike.
template <class Action>
bool enoughMemoryFor(const Action& action) noexcept
{
    try
    {
        action();
        return true;
    }
    catch (...)
    {
        return false;
    }
}

}  // namespace clustermanager
