#pragma once

#include "core/Occurrence.h"
#include "link/HistoryMessages.h"

namespace clustermanager::history {

/// Whether it belongs into a history: what ended, what was asked for and what became of it.
bool isKept(const core::Occurrence& occurrence);

link::HistoryRow rowOf(const core::Occurrence& occurrence);

}  // namespace clustermanager::history
