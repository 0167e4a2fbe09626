#pragma once

#include <string>

#include "historian/HistoryStore.h"
#include "link/HistoryLink.h"

namespace clustermanager::historian {

/// Answers the master's requests until it closes its end. The file is opened for the first of them; what is
/// wrong with it is the answer.
void serve(link::HistoryLink link, const std::string& path, HistoryStore::Limits limits);

/// Answers each with this problem.
void refuse(link::HistoryLink link, const std::string& problem);

}  // namespace clustermanager::historian
