#include "unit/metrics/Promtool.h"

#include <cppunit/TestAssert.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace clustermanager::test {

std::string promtool(const std::string& arguments, const std::string& input)
{
    std::string file = std::filesystem::temp_directory_path() / "cm-promtool-XXXXXX";
    const int fd = ::mkstemp(file.data());
    CPPUNIT_ASSERT(fd >= 0);
    (void)::close(fd);
    std::ofstream(file) << input;

    FILE* output = ::popen(("promtool " + arguments + " < " + file + " 2>&1").c_str(), "re");
    CPPUNIT_ASSERT(output != nullptr);
    std::string said;
    std::array<char, 4096> piece{};
    for (std::size_t size = 0; (size = std::fread(piece.data(), 1, piece.size(), output)) > 0;)
        said.append(piece.data(), size);
    const int status = ::pclose(output);
    std::filesystem::remove(file);

    CPPUNIT_ASSERT_MESSAGE("promtool is missing: apt-get install prometheus",
                           !WIFEXITED(status) || WEXITSTATUS(status) != 127);
    return status == 0 ? "" : said + "(status " + std::to_string(status) + ")";
}

}  // namespace clustermanager::test
