#pragma once

#include <string>

#include "core/Snapshot.h"

namespace clustermanager::metrics {

/// Appends the families that have a line for each child. Written here and not by prometheus-cpp's serializer,
/// which takes about 2 us for a line: with a thousand children that would be all of the time of an answer.
void appendChildLines(std::string& text, const core::Snapshot& picture);

/// A label's value as it stands between quotes.
std::string escaped(const std::string& value);

}  // namespace clustermanager::metrics
