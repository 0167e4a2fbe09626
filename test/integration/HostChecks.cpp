/// What HostFixture checks after every test.
#include "HostFixture.h"

#include <unistd.h>

#include <algorithm>
#include <regex>

#include <Poco/Net/ServerSocket.h>

namespace clustermanager::integration {

namespace {

bool namesOne(const std::string& line, const std::set<std::string>& texts)
{
    for (const std::string& text : texts)
        if (line.find(text) != std::string::npos) return true;
    return false;
}

bool isProblem(const std::string& line)
{
    static const std::regex level(R"(^\S+ (error|fatal) \[)");
    return std::regex_search(line, level);
}

std::string sanitizerWords(const std::string& text)
{
    for (const char* words : {"Sanitizer", "runtime error: "})
        if (text.find(words) != std::string::npos) return words;
    return "";
}

/// Those of a process, without the one that a spawner has for each spare: a spare comes a moment after the
/// children are ready, and goes with any start. The spares are counted first, so that one that comes in
/// between makes the number larger, never smaller.
std::size_t lastingDescriptors(pid_t pid)
{
    std::size_t spares = 0;
    for (const pid_t child : childrenOf(pid))
        if (readFile("/proc/" + std::to_string(child) + "/comm") == "cm-spare\n") ++spares;
    return openDescriptors(pid) - spares;
}

}  // namespace

/// A spawner may not have taken yet what it was sent for a child that has just become ready.
void HostFixture::rememberDescriptors()
{
    _descriptors[_host->pid()] = lastingDescriptors(_host->pid());
    for (const pid_t pid : spawners())
    {
        (void)waitFor([pid] { return asleep(pid); });
        _descriptors[pid] = lastingDescriptors(pid);
    }
}

/// Descriptors of finished connections are given back a moment later, so this waits.
void HostFixture::checkDescriptors()
{
    if (_descriptorsMayGrow) return;
    for (const auto& [pid, before] : _descriptors)
    {
        const auto settled = [pid = pid, before = before] { return lastingDescriptors(pid) <= before; };
        CPPUNIT_ASSERT_MESSAGE("process " + std::to_string(pid) + " has " +
                                   std::to_string(lastingDescriptors(pid)) + " descriptors, it had " +
                                   std::to_string(before),
                               waitFor(settled, Millis(3000)));
    }
}

void HostFixture::checkProcesses()
{
    const pid_t host = _host->ended() ? 0 : _host->pid();
    if (_masterKilled) waitFor([host] { return reapStrays(host) == 0; });
    const std::vector<std::string> strays = endStrays(host);
    CPPUNIT_ASSERT_MESSAGE("left behind: " + (strays.empty() ? "" : strays.front()), strays.empty());
}

std::vector<std::string> HostFixture::strayFiles() const
{
    // That nothing is beside the history shows that it was closed.
    std::vector<std::string> files = filesBelow(path("run"));
    files.erase(std::remove_if(files.begin(), files.end(),
                               [](const std::string& file) {
                                   return file == "history.db" || file.compare(0, 6, "crash/") == 0;
                               }),
                files.end());
    return files;
}

void HostFixture::checkFiles() const
{
    if (_masterKilled || _mayLeaveFiles) return;
    const std::vector<std::string> left = strayFiles();
    CPPUNIT_ASSERT_MESSAGE("left in the run folder: " + (left.empty() ? "" : left.front()), left.empty());
}

void HostFixture::checkSanitizers() const
{
    CPPUNIT_ASSERT_EQUAL_MESSAGE(output(), std::string(), sanitizerWords(output()));
    for (const std::string& file : filesBelow(path("log")))
    {
        const std::string text = readFile(path("log/" + file));
        CPPUNIT_ASSERT_EQUAL_MESSAGE(file + ":\n" + text, std::string(), sanitizerWords(text));
    }
}

void HostFixture::checkLogs() const
{
    const std::string words = output();
    for (const std::string& line : linesOf(words))
        CPPUNIT_ASSERT_MESSAGE("an unannounced problem: " + line,
                               !isProblem(line) || namesOne(line, _expected) || namesOne(line, _allowed));
    for (const std::string& text : _expected)
        CPPUNIT_ASSERT_MESSAGE("nobody reported '" + text + "':\n" + words,
                               words.find(text) != std::string::npos);
    for (const std::string& file : filesBelow(path("log")))
    {
        const std::string text = readFile(path("log/" + file));
        CPPUNIT_ASSERT_MESSAGE(file + " ends within a line", text.empty() || text.back() == '\n');
    }
}

void HostFixture::checkPorts() const
{
    for (const std::string& address : _ports)
    {
        Poco::Net::ServerSocket socket;
        socket.bind(Poco::Net::SocketAddress(address), true, false);
    }
}

}  // namespace clustermanager::integration
