#pragma once

#include <string>

#include "core/Occurrence.h"

namespace clustermanager::test {

/// The least that can happen.
inline core::Occurrence notice(const std::string& text, const std::string& group = "")
{
    core::Occurrence occurrence;
    occurrence.group = group;
    occurrence.text = text;
    occurrence.what = core::Notice{};
    return occurrence;
}

}  // namespace clustermanager::test
