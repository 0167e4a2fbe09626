#pragma once

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

/// A folder of a test's own, gone with its content when the test ends.
class TemporaryFolder
{
public:
    TemporaryFolder()
    {
        std::string path = (std::filesystem::temp_directory_path() / "cm-test-XXXXXX").string();
        if (::mkdtemp(path.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
        _path = path;
    }
    ~TemporaryFolder()
    {
        std::error_code ignored;
        std::filesystem::remove_all(_path, ignored);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    std::string operator/(const std::string& name) const { return (_path / name).string(); }
    std::string path() const { return _path.string(); }

    /// Writes a file, and the folders it needs. Returns its path.
    std::string write(const std::string& name, const std::string& content, mode_t mode = 0644) const
    {
        const std::string file = *this / name;
        std::filesystem::create_directories(std::filesystem::path(file).parent_path());
        std::ofstream(file, std::ios::binary) << content;
        if (::chmod(file.c_str(), mode) != 0) throw std::runtime_error("cannot write " + file);
        return file;
    }

private:
    std::filesystem::path _path;
};

inline std::string contentOf(const std::string& path)
{
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// The whole lines of a file, without their newlines. What stands behind the last newline is not in it.
inline std::vector<std::string> linesOf(const std::string& path)
{
    const std::string content = contentOf(path);
    std::vector<std::string> lines;
    std::size_t start = 0;
    for (std::size_t end = content.find('\n'); end != std::string::npos; end = content.find('\n', start))
    {
        lines.push_back(content.substr(start, end - start));
        start = end + 1;
    }
    return lines;
}
