#pragma once

#include <string>
#include <vector>

/// Small readers and writers of files, and a temporary folder of one's own.
namespace clustermanager::integration {

/// "" where there is no such file.
std::string readFile(const std::string& path);
void writeFile(const std::string& path, const std::string& text);
void appendFile(const std::string& path, const std::string& text);
bool exists(const std::string& path);
std::vector<std::string> linesOf(const std::string& text);

/// All entries below a folder, relative to it, without folders.
std::vector<std::string> filesBelow(const std::string& folder);

/// A folder with a short name (Unix socket paths are at most 107 bytes), removed at the end.
class TemporaryFolder
{
public:
    TemporaryFolder();
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    const std::string& path() const { return _path; }

private:
    std::string _path;
};

}  // namespace clustermanager::integration
