#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <variant>

#include "core/Action.h"

/// Looks into what the supervisor returned.
namespace clustermanager::core {

template <class T>
std::size_t countOf(const Actions& actions)
{
    return static_cast<std::size_t>(std::count_if(actions.begin(), actions.end(), [](const Action& action) {
        return std::holds_alternative<T>(action);
    }));
}

/// The first action of this kind, or nothing.
template <class T>
const T* find(const Actions& actions)
{
    for (const Action& action : actions)
        if (const T* found = std::get_if<T>(&action); found != nullptr) return found;
    return nullptr;
}

/// How many actions are orders, so not words. What is ordered for the case of a death is none yet.
inline std::size_t orders(const Actions& actions)
{
    return actions.size() - countOf<Announce>(actions) - countOf<OrderSuccessor>(actions) -
           countOf<CancelSuccessor>(actions);
}

/// T is the only order there is.
template <class T>
bool only(const Actions& actions)
{
    return orders(actions) == 1 && countOf<T>(actions) == 1;
}

/// The text of the only announcement, or "".
inline std::string words(const Actions& actions)
{
    const Announce* announce = find<Announce>(actions);
    return announce != nullptr && countOf<Announce>(actions) == 1 ? announce->text : "";
}

}  // namespace clustermanager::core
