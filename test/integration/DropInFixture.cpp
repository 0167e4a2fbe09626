#include "DropInFixture.h"

#include <unistd.h>

#include <filesystem>
#include <regex>

namespace clustermanager::integration {

void DropInFixture::setUp()
{
    HostFixture::setUp();
    std::filesystem::create_directory(path("plugins"));
    set("cluster.plugins", path("plugins"));
    set("cluster.count", "1");
    restartFast();
    moveIn("actor", "first.so");
    writeFile(dropped("first.properties"), sideText(2));
}

std::string DropInFixture::sideText(unsigned count) const
{
    return "count = " + std::to_string(count) + "\nprobe = " + path("probe") + "\n";
}

void DropInFixture::copyIn(const std::string& stem, const std::string& file) const
{
    writeFile(dropped(file), readFile(testPlugin(stem)));
}

void DropInFixture::moveIn(const std::string& stem, const std::string& file) const
{
    std::filesystem::rename(testPlugin(stem), dropped(file));
}

/// As `ln -sfn` does: another link takes the name at once.
void DropInFixture::linkIn(const std::string& target, const std::string& file) const
{
    std::filesystem::create_symlink(target, path("files/link"));
    std::filesystem::rename(path("files/link"), dropped(file));
}

void DropInFixture::remove(const std::string& file) const
{
    std::filesystem::remove_all(dropped(file));
}

StatusView DropInFixture::waitGroup(const std::string& name, const std::string& version)
{
    const auto holds = [&](const StatusView& s) {
        return s.hasGroup(name) && s.version(name) == version && s.phase(name).empty() && s.allReady();
    };
    return waitStatus(holds, "group " + name + " should run version " + version);
}

StatusView DropInFixture::waitNoGroup(const std::string& name)
{
    return waitStatus([&](const StatusView& s) { return !s.hasGroup(name); }, "there should be no " + name);
}

StatusView DropInFixture::settle()
{
    const std::string file = "mark" + std::to_string(++_settled) + ".so";
    writeFile(dropped(file), "no plugin\n");
    waitOutput(file + "': ");
    // One reading at a time: when this one is done, so are those before it.
    const HttpAnswer answer = post("/config/reload?wait=10s");
    CPPUNIT_ASSERT_EQUAL_MESSAGE(answer.body, 200, answer.status);
    return status();
}

unsigned DropInFixture::reloadsOf(const std::string& group) const
{
    const std::regex begun("group " + group + ": reload to generation [0-9]+$");
    unsigned times = 0;
    for (const std::string& line : linesOf(output())) times += std::regex_search(line, begun) ? 1 : 0;
    return times;
}

unsigned DropInFixture::saidTimes(const std::string& words) const
{
    unsigned times = 0;
    for (const std::string& line : linesOf(output())) times += line.find(words) != std::string::npos ? 1 : 0;
    return times;
}

}  // namespace clustermanager::integration
