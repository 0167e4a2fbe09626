#pragma once

#include <Poco/Data/Session.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/Types.h"
#include "link/HistoryMessages.h"

namespace clustermanager::historian {

/// The past on disk: one SQLite file, bounded by rows and by age. What can go wrong is thrown as a
/// Poco::Exception, and leaves the file as it was.
///
/// Threading: one thread at a time. It may block on the disk.
class HistoryStore
{
public:
    struct Limits
    {
        std::uint64_t rows = 100'000;
        Millis age{30LL * 24 * 3'600'000};
    };

    /// Opens the file, or makes it, for its owner alone. Its folder must be there. Throws where it is no file
    /// of ours: a link, somebody else's, not a database.
    HistoryStore(const std::string& path, Limits limits);

    /// All of them or none.
    void append(const std::vector<link::HistoryRow>& rows);

    /// Takes away what is beyond the limits.
    void prune(WallTime now);

    /// Each as it was appended; the newest `limit` that fit, the oldest of these first.
    std::vector<std::string> find(const link::HistoryFind& filter);

private:
    Limits _limits;
    Poco::Data::Session _session;
};

}  // namespace clustermanager::historian
