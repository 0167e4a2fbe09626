#include "HostFixture.h"

#include <sys/prctl.h>
#include <sys/stat.h>

#include <csignal>
#include <filesystem>
#include <stdexcept>

namespace clustermanager::integration {

void HostFixture::setUp()
{
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    _folder = std::make_unique<TemporaryFolder>();
    for (const char* name : {"run", "log", "probe", "files"}) ::mkdir(path(name).c_str(), 0755);
    _program = CM_HOST_BINARY;
    _configFile = path("host.properties");
    set("cluster.controlSocket", "run/control.sock");
}

void HostFixture::tearDown()
{
    checkSanitizers();  // before all that their reports are the cause of
    const bool running = _host && !_host->ended();
    if (running && !_masterKilled)
    {
        checkDescriptors();
        CPPUNIT_ASSERT_EQUAL_MESSAGE(output(), _exitCode, stop());
    }
    if (_host) checkProcesses();
    checkSanitizers();
    checkFiles();
    checkLogs();
    checkPorts();
}

void HostFixture::renew()
{
    tearDown();
    _host.reset();
    _keys.clear();
    _arguments.clear();
    _environment.clear();
    _before = nullptr;
    _expected.clear();
    _allowed.clear();
    _descriptors.clear();
    _ports.clear();
    _masterKilled = _descriptorsMayGrow = _mayLeaveFiles = false;
    _exitCode = 0;
    setUp();
}

std::string HostFixture::testPlugin(const std::string& stem) const
{
    return copyOf(std::string(CM_TEST_PLUGINS) + "/" + stem + ".so");
}

std::string HostFixture::examplePlugin(const std::string& stem) const
{
    return copyOf(std::string(CM_EXAMPLE_PLUGINS) + "/" + stem + ".so");
}

std::string HostFixture::copyOf(const std::string& file) const
{
    const std::string copy = path("files/" + std::filesystem::path(file).filename().string());
    std::filesystem::copy_file(file, copy, std::filesystem::copy_options::overwrite_existing);
    return copy;
}

void HostFixture::plugin(const std::string& stem)
{
    pluginFile(testPlugin(stem));
}

void HostFixture::actors(unsigned count, const std::string& stem)
{
    plugin(stem);
    set("plugin." + stem + ".count", std::to_string(count));
    set("plugin." + stem + ".probe", path("probe"));
}

void HostFixture::restartFast()
{
    set("cluster.backoffMinMs", "1");
    set("cluster.backoffMaxMs", "1");
    set("cluster.maxRestarts", "0");
}

std::string HostFixture::configText() const
{
    std::string text;
    for (const auto& [key, value] : _keys) text += key + " = " + value + "\n";
    return text;
}

void HostFixture::writeConfig() const
{
    if (_configFile == path("host.properties")) writeFile(_configFile, configText());
}

void HostFixture::start()
{
    writeConfig();
    Launch launch;
    launch.program = _program;
    launch.arguments = {"--config-file=" + _configFile};
    launch.arguments.insert(launch.arguments.end(), _arguments.begin(), _arguments.end());
    launch.environment = _environment;
    launch.workingFolder = _folder->path();
    launch.output = path("output");
    launch.before = _before;
    _host = std::make_unique<HostProcess>(launch);
}

StatusView HostFixture::startReady()
{
    start();
    StatusView ready = waitReady();
    CPPUNIT_ASSERT(waitFor([&] { return runMastersHaveBegun(ready); }));
    (void)control("/history");  // its file is open, or is found out not to be one
    rememberDescriptors();
    _ports = ready.tcpAddresses();
    return ready;
}

/// The plugin is mapped in the host, and one that takes notes has taken its first.
bool HostFixture::runMastersHaveBegun(const StatusView& view) const
{
    for (const ChildView& child : view.children())
    {
        const std::string state = view.masterState(child.group);
        const bool isolated = view.group(child.group)->getObject("runMaster")->getValue<bool>("isolated");
        if (state == "none" || state == "waiting" || isolated) continue;
        const bool embedded = view.group(child.group)->getObject("plugin")->isNull("path");
        if (!embedded &&
            readFile("/proc/" + std::to_string(_host->pid()) + "/maps").find("memfd:") == std::string::npos)
            return false;
        const auto file = _keys.find("plugin." + child.group + ".masterFile");
        if (file != _keys.end() && readFile(file->second).find("began\n") == std::string::npos) return false;
    }
    return true;
}

int HostFixture::startAndEnd()
{
    start();
    return waitForExit();
}

int HostFixture::stop(int signal)
{
    host().signal(signal);
    return waitForExit();
}

int HostFixture::waitForExit(Millis patience)
{
    const auto status = host().waitForEnd(patience);
    CPPUNIT_ASSERT_MESSAGE("the host did not end in time:\n" + output(), status.has_value());
    return exitCode(*status);
}

void HostFixture::runToEnd(const std::string& program, const std::vector<std::string>& arguments) const
{
    Launch launch;
    launch.program = program;
    launch.arguments = arguments;
    launch.workingFolder = path("");
    launch.output = path("tool.log");
    HostProcess process(launch);
    const auto end = process.waitForEnd(Millis(120'000));
    CPPUNIT_ASSERT_MESSAGE(readFile(launch.output), end && exitCode(*end) == 0);
}

void HostFixture::waitOtherSpawner(const std::string& group, pid_t before)
{
    waitStatus(
        [&](const StatusView& s) {
            const auto next = s.group(group)->getValue<pid_t>("spawnerPid");
            return next != 0 && next != before &&
                   s.group(group)->getValue<std::string>("generationState") == "open";
        },
        "there should be another spawner");
}

HostProcess& HostFixture::host()
{
    if (!_host) throw std::logic_error("the host was not started");
    return *_host;
}

pid_t HostFixture::signalChild(int id, int signal) const
{
    const pid_t pid = status().child(id).pid;
    CPPUNIT_ASSERT_MESSAGE("child " + std::to_string(id) + " has no process", pid > 0);
    ::kill(pid, signal);
    return pid;
}

Poco::Net::SocketAddress HostFixture::controlSocket() const
{
    return Poco::Net::SocketAddress(path("run/control.sock"));
}

HttpAnswer HostFixture::control(const std::string& target, const std::string& method) const
{
    return request(controlSocket(), method, target);
}

OperationView HostFixture::operation(int id) const
{
    const HttpAnswer answer = control("/operations/" + std::to_string(id));
    CPPUNIT_ASSERT_EQUAL_MESSAGE(answer.body, 200, answer.status);
    return OperationView(parseObject(answer.body));
}

OperationView HostFixture::waitOver(int id) const
{
    OperationView last;
    const bool over = waitFor([&] {
        last = operation(id);
        return last.over();
    });
    CPPUNIT_ASSERT_MESSAGE("the operation should end, but is " + last.text + "\n" + output(), over);
    return last;
}

OperationView HostFixture::waitOperation(int id, const std::string& state) const
{
    OperationView last;
    const bool came = waitFor([&] {
        const HttpAnswer answer = control("/operations/" + std::to_string(id));
        if (answer.status == 200) last = OperationView(parseObject(answer.body));
        return last.state == state;
    });
    CPPUNIT_ASSERT_MESSAGE("the operation should be " + state + ", but is " + last.text + "\n" + output(),
                           came);
    return last;
}

StatusView HostFixture::status() const
{
    const HttpAnswer answer = control("/");
    CPPUNIT_ASSERT_EQUAL_MESSAGE(answer.head, 200, answer.status);
    return StatusView(answer.body);
}

StatusView HostFixture::waitStatus(const std::function<bool(const StatusView&)>& holds,
                                   const std::string& wish)
{
    std::unique_ptr<StatusView> last;
    bool held = false;
    const auto look = [&] {
        if (_host->ended() || !exists(path("run/control.sock"))) return _host->ended().has_value();
        try
        {
            last = std::make_unique<StatusView>(status());
        }
        catch (const Poco::Exception&)
        {
            return false;  // bound, but does not listen yet
        }
        held = holds(*last);
        return held;
    };
    const bool came = waitFor(look) && held;
    CPPUNIT_ASSERT_MESSAGE(
        wish + ", but the status is " + (last ? last->text() : "missing") + "\n" + output(), came);
    return *last;
}

StatusView HostFixture::waitReady()
{
    return waitStatus([](const StatusView& s) { return s.allReady() && !s.children().empty(); },
                      "every child should be ready");
}

ChildView HostFixture::waitState(int id, const std::string& state)
{
    const auto holds = [&](const StatusView& s) { return s.child(id).state == state; };
    return waitStatus(holds, "child " + std::to_string(id) + " should be " + state).child(id);
}

ChildView HostFixture::waitRestarts(int id, unsigned restarts)
{
    const auto holds = [&](const StatusView& s) {
        return s.child(id).state == "ready" && s.child(id).restarts >= restarts;
    };
    return waitStatus(holds, "child " + std::to_string(id) + " should be ready after " +
                                 std::to_string(restarts) + " restarts")
        .child(id);
}

Poco::Net::SocketAddress HostFixture::listener(const std::string& name) const
{
    const std::string address = status().listenerAddress(name);
    return Poco::Net::SocketAddress(address);
}

std::vector<pid_t> HostFixture::spawners() const
{
    return spawnersOf(_host->pid());
}

Probe HostFixture::probe(int id) const
{
    return Probe(path("probe/" + std::to_string(id) + ".sock"));
}

std::string HostFixture::childLog(const std::string& group, int id) const
{
    return readFile(path("log/" + group + "-" + std::to_string(id) + ".log"));
}

void HostFixture::waitOutput(const std::string& text) const
{
    const bool came = waitFor([&] { return output().find(text) != std::string::npos; });
    CPPUNIT_ASSERT_MESSAGE("the host should say '" + text + "', but says:\n" + output(), came);
}

}  // namespace clustermanager::integration
