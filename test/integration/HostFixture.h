#pragma once

#include <csignal>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <cppunit/TestAssert.h>
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "Files.h"
#include "HostProcess.h"
#include "Http.h"
#include "OperationView.h"
#include "Probe.h"
#include "Processes.h"
#include "StatusView.h"
#include "Waiting.h"

namespace clustermanager::integration {

/// Runs the real host, in a folder of its own, and after every test checks what must hold after every run:
///
///  - no process of the run is left, not even a zombie (this process is a subreaper: strays come to it);
///  - no file is left in the run folder, no core file anywhere;
///  - neither master nor spawners hold more descriptors than when everything became ready;
///  - no line of level error or worse was logged that the test had not announced, and each announced one was;
///  - no sanitizer has spoken, every log file has whole lines, every port can be bound again.
///
/// A test configures with set(), adds plugins with plugin(), then calls start() or startReady().
class HostFixture : public CppUnit::TestFixture
{
public:
    void setUp() override;
    void tearDown() override;

protected:
    // --- before the start ---

    /// One configuration key, as in a .properties file.
    void set(const std::string& key, const std::string& value) { _keys[key] = value; }
    void unset(const std::string& key) { _keys.erase(key); }
    /// Writes the configuration file, as start() does: for a host that is to read it again.
    void writeConfig() const;
    /// A plugin file for the command line: one of test/plugins by its stem. Makes the group of that name.
    void plugin(const std::string& stem);
    void pluginFile(const std::string& path) { _arguments.push_back(path); }
    void argument(const std::string& text) { _arguments.push_back(text); }
    void environment(const std::string& name, const std::string& value) { _environment[name] = value; }
    void before(std::function<void()> action) { _before = std::move(action); }
    /// Another program in the host's place.
    void program(const std::string& path) { _program = path; }
    /// Another configuration file instead of the one that set() writes.
    void onlyConfigFile(const std::string& path) { _configFile = path; }
    /// Ends this run with all its checks and begins a new one, in a test of several runs.
    void renew();
    /// A group of actors that take commands, `count` of them.
    void actors(unsigned count, const std::string& stem = "actor");
    /// Backoff of a millisecond, so that tests of ends need no patience.
    void restartFast();

    // --- the run ---

    void start();
    /// Starts, waits until every child is ready, and remembers the descriptors in use.
    /// What a run_master in the host opens counts as in use: it is waited for.
    StatusView startReady();
    /// Starts a host that is to end by itself at once; its exit code.
    int startAndEnd();
    /// Ends the host with SIGTERM; the exit code.
    int stop(int signal = SIGTERM);
    int waitForExit(Millis patience = Millis(10'000));
    HostProcess& host();
    /// Sends a signal to a child that must have a process; its pid.
    pid_t signalChild(int id, int signal = SIGKILL) const;

    StatusView status() const;
    /// Waits until the status is as wished; the last one otherwise fails the test.
    StatusView waitStatus(const std::function<bool(const StatusView&)>& holds, const std::string& wish);
    StatusView waitReady();
    ChildView waitState(int id, const std::string& state);
    /// Waits until another spawner than this one is there for the group, with its plugin loaded.
    void waitOtherSpawner(const std::string& group, pid_t before);
    /// Waits until the child is ready again after a given number of restarts.
    ChildView waitRestarts(int id, unsigned restarts);
    HttpAnswer control(const std::string& target, const std::string& method = "GET") const;
    HttpAnswer post(const std::string& target) const { return control(target, "POST"); }
    OperationView operation(int id) const;
    /// Waits until the operation is over.
    OperationView waitOver(int id) const;
    /// The operation may be one that has not begun yet.
    OperationView waitOperation(int id, const std::string& state) const;
    Poco::Net::SocketAddress controlSocket() const;
    Poco::Net::SocketAddress listener(const std::string& name) const;
    std::vector<pid_t> spawners() const;

    /// Another program, in this test's folder. It has to end well, within two minutes.
    void runToEnd(const std::string& program, const std::vector<std::string>& arguments) const;

    Probe probe(int id) const;
    std::string path(const std::string& name) const { return _folder->path() + "/" + name; }
    /// A copy in this test's folder: a host that runs as root trusts no file that others can write, and who
    /// owns the build's folders is not ours to say.
    std::string testPlugin(const std::string& stem) const;
    std::string examplePlugin(const std::string& stem) const;
    std::string output() const { return readFile(path("output")); }
    std::string childLog(const std::string& group, int id) const;
    /// Waits until the host's output holds the text.
    void waitOutput(const std::string& text) const;

    // --- what is right in this test, and wrong in others ---

    /// A problem that must be reported, and may be at any level.
    void expectProblem(const std::string& text) { _expected.insert(text); }
    /// One that may.
    void allowProblem(const std::string& text) { _allowed.insert(text); }
    /// The master dies without a chance to clean up: its run folder is as it left it, and its processes may
    /// take their time to end.
    void masterIsKilled() { _masterKilled = true; }
    void descriptorsMayGrow() { _descriptorsMayGrow = true; }
    void exitCodeMayBe(int code) { _exitCode = code; }
    void mayLeaveFiles() { _mayLeaveFiles = true; }
    /// Files in the run folder that are not there to stay, as the history and crash reports are.
    std::vector<std::string> strayFiles() const;

private:
    std::string copyOf(const std::string& file) const;
    bool runMastersHaveBegun(const StatusView& view) const;
    void rememberDescriptors();
    void checkDescriptors();
    void checkProcesses();
    void checkSanitizers() const;
    void checkFiles() const;
    void checkLogs() const;
    void checkPorts() const;
    std::string configText() const;

    std::unique_ptr<TemporaryFolder> _folder;
    std::map<std::string, std::string> _keys;
    std::vector<std::string> _arguments;
    std::map<std::string, std::string> _environment;
    std::function<void()> _before;
    std::string _program;
    std::string _configFile;
    std::unique_ptr<HostProcess> _host;

    std::set<std::string> _expected;
    std::set<std::string> _allowed;
    std::map<pid_t, std::size_t> _descriptors;
    std::vector<std::string> _ports;
    bool _masterKilled = false;
    bool _descriptorsMayGrow = false;
    bool _mayLeaveFiles = false;
    int _exitCode = 0;
};

}  // namespace clustermanager::integration
