#include "historian/HistoryStore.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <Poco/Data/SQLite/Connector.h>
#include <Poco/Data/Statement.h>
#include <Poco/Exception.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

#include "base/FileDescriptor.h"
#include "base/SysError.h"

namespace clustermanager::historian {

namespace {

using namespace Poco::Data::Keywords;

/// Another process may read the file, with sqlite3 or for a backup.
constexpr unsigned kBusyMillis = 1'000;
constexpr std::size_t kOpenSeconds = 5;

Poco::Int64 microsOf(WallTime time)
{
    return std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
}

/// SQLite would make it readable for everybody, and follow a link.
const std::string& ownFile(const std::string& path)
{
    const FileDescriptor file(
        ::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600));
    if (!file) throw Poco::FileException(SysError{"open", path, errno}.text());
    struct stat facts = {};
    if (::fstat(file.get(), &facts) != 0) throw Poco::FileException(SysError{"fstat", path, errno}.text());
    if (!S_ISREG(facts.st_mode) || facts.st_uid != ::geteuid())
        throw Poco::FileException("'" + path + "' is no regular file of this user");
    return path;
}

Poco::Data::Session open(const std::string& path)
{
    Poco::Data::SQLite::Connector::registerConnector();
    return Poco::Data::Session("SQLite", ownFile(path), kOpenSeconds);
}

/// "WHERE a AND b" from the conditions there are.
class Conditions
{
public:
    void add(const std::string& condition) { _text += (_text.empty() ? " WHERE " : " AND ") + condition; }
    const std::string& text() const { return _text; }

private:
    std::string _text;
};

}  // namespace

HistoryStore::HistoryStore(const std::string& path, Limits limits) : _limits(limits), _session(open(path))
{
    _session << "PRAGMA busy_timeout = " << kBusyMillis, now;
    _session << "PRAGMA journal_mode = WAL", now;
    _session << "PRAGMA synchronous = NORMAL", now;
    _session << "PRAGMA cache_size = -256", now;  // KiB
    _session << "CREATE TABLE IF NOT EXISTS history (row INTEGER PRIMARY KEY AUTOINCREMENT, "
                "at INTEGER NOT NULL, kind TEXT NOT NULL, grp TEXT NOT NULL, child INTEGER NOT NULL, "
                "json TEXT NOT NULL)",
        now;
    _session << "CREATE INDEX IF NOT EXISTS history_at ON history (at)", now;
}

void HistoryStore::append(const std::vector<link::HistoryRow>& rows)
{
    _session.begin();
    try
    {
        for (const link::HistoryRow& row : rows)
        {
            Poco::Int64 at = microsOf(row.at);
            std::string kind = row.kind;
            std::string group = row.group;
            Poco::Int64 child = number(row.child);
            std::string json = row.json;
            _session << "INSERT INTO history (at, kind, grp, child, json) VALUES (?, ?, ?, ?, ?)", use(at),
                use(kind), use(group), use(child), use(json), now;
        }
        _session.commit();
    }
    catch (...)
    {
        if (_session.isTransaction()) _session.rollback();
        throw;
    }
}

void HistoryStore::prune(WallTime now_)
{
    Poco::Int64 oldest = microsOf(now_ - _limits.age);
    auto rows = static_cast<Poco::Int64>(_limits.rows);
    _session << "DELETE FROM history WHERE at < ?", use(oldest), now;
    _session << "DELETE FROM history WHERE row <= (SELECT MAX(row) FROM history) - ?", use(rows), now;
}

std::vector<std::string> HistoryStore::find(const link::HistoryFind& filter)
{
    Conditions conditions;
    Poco::Data::Statement query(_session);
    Poco::Int64 since = filter.since ? microsOf(*filter.since) : 0;
    Poco::Int64 until = filter.until ? microsOf(*filter.until) : 0;
    Poco::Int64 child = filter.child ? number(*filter.child) : 0;
    std::string group = filter.group;
    std::vector<std::string> kinds = filter.kinds;
    auto limit = static_cast<Poco::Int64>(filter.limit);
    if (filter.since) conditions.add("at >= ?");
    if (filter.until) conditions.add("at < ?");
    if (filter.child) conditions.add("child = ?");
    if (!group.empty()) conditions.add("grp = ?");
    if (!kinds.empty())
    {
        std::string marks;
        for (std::size_t i = 0; i < kinds.size(); ++i) marks += i == 0 ? "?" : ", ?";
        conditions.add("kind IN (" + marks + ")");
    }
    query << "SELECT json FROM history" + conditions.text() + " ORDER BY row DESC LIMIT ?";
    if (filter.since) query, use(since);
    if (filter.until) query, use(until);
    if (filter.child) query, use(child);
    if (!group.empty()) query, use(group);
    for (std::string& kind : kinds) query, use(kind);
    query, use(limit);
    std::vector<std::string> found;
    query, into(found), now;
    std::reverse(found.begin(), found.end());
    return found;
}

}  // namespace clustermanager::historian
