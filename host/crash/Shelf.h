#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "base/FileDescriptor.h"
#include "base/SysError.h"
#include "core/Snapshot.h"

namespace clustermanager::crash {

/// The reports that are kept: a file each, FOLDER/ID.json, in a folder that only its owner may enter, and the
/// same in memory, so that who reads them needs no file. Bounded by number for each group and in all by size.
///
/// Not thread-safe.
class Shelf
{
public:
    static constexpr std::size_t kFileBytesMax = 1'048'576;
    static constexpr std::size_t kBytesMax = 33'554'432;

    /// `bytesMax` bounds all reports together.
    explicit Shelf(std::string folder, std::size_t bytesMax = kBytesMax);

    /// Takes what the folder has from hosts before. What is no report is left alone.
    void load();

    /// Keeps the report, and of its group the last `kept`. One of an earlier host that has the same id gets
    /// its time appended to it. Where it cannot be written it is kept in memory alone, and the sentence says
    /// why.
    std::string add(core::CrashReport report, std::size_t kept);

    /// The oldest first. Never changes once it is given out.
    std::shared_ptr<const core::CrashReports> reports() const { return _reports; }

private:
    Result<FileDescriptor> openFolder(bool make) const;
    std::string write(const core::CrashReport& report) const;
    void makeWay(const std::string& id, core::CrashReports& all) const;
    void drop(std::size_t position, core::CrashReports& all) const;
    void publish(core::CrashReports all);

    std::string _folder;
    std::size_t _bytesMax;
    std::shared_ptr<const core::CrashReports> _reports;
};

}  // namespace clustermanager::crash
