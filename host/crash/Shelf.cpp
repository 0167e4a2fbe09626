#include "crash/Shelf.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <optional>
#include <utility>
#include <vector>

#include "base/SealedFile.h"
#include "crash/Report.h"

namespace clustermanager::crash {

namespace {

constexpr std::size_t kFilesMax = 10'000;
constexpr const char* kEnding = ".json";
constexpr const char* kUnfinished = ".new";  // a report that is being written, or whose writer has died

bool endsWith(const std::string& text, const std::string& ending)
{
    return text.size() > ending.size() &&
           text.compare(text.size() - ending.size(), ending.size(), ending) == 0;
}

std::string fileName(const std::string& id)
{
    return id + kEnding;
}

/// The names in a folder, bounded.
std::vector<std::string> namesIn(FileDescriptor folder)
{
    std::vector<std::string> names;
    DIR* listing = ::fdopendir(folder.get());
    if (listing == nullptr) return names;
    (void)folder.release();  // closedir closes it
    while (names.size() < kFilesMax)
    {
        const dirent* entry = ::readdir(listing);  // NOLINT(concurrency-mt-unsafe): a listing of our own
        if (entry == nullptr) break;
        names.emplace_back(entry->d_name);
    }
    (void)::closedir(listing);
    return names;
}

std::optional<core::CrashReport> readFile(const FileDescriptor& folder, const std::string& name)
{
    const FileDescriptor file(
        ::openat(folder.get(), name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
    struct stat facts = {};
    if (!file || ::fstat(file.get(), &facts) != 0 || !S_ISREG(facts.st_mode)) return std::nullopt;
    const auto bytes = readWhole(file, Shelf::kFileBytesMax);
    if (!bytes) return std::nullopt;
    std::optional<core::CrashReport> report =
        readReport(std::string(bytes.value().begin(), bytes.value().end()));
    if (report && fileName(report->id) != name) report.reset();
    return report;
}

bool writeWhole(int fd, const std::string& text)
{
    for (std::size_t done = 0; done < text.size();)
    {
        const ssize_t written = ::write(fd, text.data() + done, text.size() - done);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        done += static_cast<std::size_t>(written);
    }
    return true;
}

}  // namespace

Shelf::Shelf(std::string folder, std::size_t bytesMax)
    : _folder(std::move(folder)), _bytesMax(bytesMax), _reports(std::make_shared<core::CrashReports>())
{}

Result<FileDescriptor> Shelf::openFolder(bool make) const
{
    if (make && ::mkdir(_folder.c_str(), S_IRWXU) != 0 && errno != EEXIST)
        return SysError{"mkdir", _folder, errno};
    FileDescriptor folder(::open(_folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    struct stat facts = {};
    if (!folder || ::fstat(folder.get(), &facts) != 0) return SysError{"open", _folder, errno};
    if (facts.st_uid != ::geteuid() || (facts.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return SysError{"refused, as others than its owner may use it (chmod 700): open", _folder, EPERM};
    return folder;
}

void Shelf::load()
{
    const Result<FileDescriptor> folder = openFolder(false);
    if (!folder) return;
    core::CrashReports all;
    std::size_t bytes = 0;
    for (const std::string& name : namesIn(FileDescriptor(::fcntl(folder.value().get(), F_DUPFD_CLOEXEC, 0))))
    {
        if (endsWith(name, kUnfinished)) (void)::unlinkat(folder.value().get(), name.c_str(), 0);
        if (!endsWith(name, kEnding) || bytes > _bytesMax) continue;
        std::optional<core::CrashReport> report = readFile(folder.value(), name);
        if (!report) continue;
        bytes += report->json.size();
        all.push_back(std::make_shared<core::CrashReport>(std::move(*report)));
    }
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a->time < b->time; });
    publish(std::move(all));
}

std::string Shelf::add(core::CrashReport report, std::size_t kept)
{
    core::CrashReports all = *_reports;
    makeWay(report.id, all);
    std::string problem = write(report);
    const std::string group = report.group;
    all.push_back(std::make_shared<core::CrashReport>(std::move(report)));

    const auto isOfGroup = [&](const auto& other) { return other->group == group; };
    for (auto count = static_cast<std::size_t>(std::count_if(all.begin(), all.end(), isOfGroup));
         count > kept; --count)
        drop(static_cast<std::size_t>(std::find_if(all.begin(), all.end(), isOfGroup) - all.begin()), all);
    std::size_t bytes = 0;
    for (const auto& other : all) bytes += other->json.size();
    while (bytes > _bytesMax && all.size() > 1)
    {
        bytes -= all.front()->json.size();
        drop(0, all);
    }
    publish(std::move(all));
    return problem;
}

std::string Shelf::write(const core::CrashReport& report) const
{
    const Result<FileDescriptor> folder = openFolder(true);
    if (!folder) return folder.error().text();
    const std::string name = fileName(report.id);
    const std::string unfinished = name + kUnfinished;
    const int at = folder.value().get();
    const FileDescriptor file(::openat(at, unfinished.c_str(),
                                       O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK,
                                       S_IRUSR | S_IWUSR));
    if (file && writeWhole(file.get(), report.json) &&
        ::renameat(at, unfinished.c_str(), at, name.c_str()) == 0)
        return "";
    const int problem = errno;
    (void)::unlinkat(at, unfinished.c_str(), 0);
    return SysError{"write", _folder + "/" + name, problem}.text();
}

/// Start numbers begin anew with each host, and what an earlier one left is not to be lost for that.
void Shelf::makeWay(const std::string& id, core::CrashReports& all) const
{
    const auto same =
        std::find_if(all.begin(), all.end(), [&](const auto& other) { return other->id == id; });
    if (same == all.end()) return;
    std::string time = (*same)->time;
    time.erase(std::remove_if(time.begin(), time.end(), [](char c) { return c < '0' || c > '9'; }),
               time.end());
    core::CrashReport older = renamed(**same, id + "-" + time);
    if (!write(older).empty()) return;  // then the new one cannot be written either
    *same = std::make_shared<core::CrashReport>(std::move(older));
}

void Shelf::drop(std::size_t position, core::CrashReports& all) const
{
    const auto entry = all.begin() + static_cast<std::ptrdiff_t>(position);
    if (const Result<FileDescriptor> folder = openFolder(false))
        (void)::unlinkat(folder.value().get(), fileName((*entry)->id).c_str(), 0);
    all.erase(entry);
}

void Shelf::publish(core::CrashReports all)
{
    _reports = std::make_shared<const core::CrashReports>(std::move(all));
}

}  // namespace clustermanager::crash
