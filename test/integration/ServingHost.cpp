#include "ServingHost.h"

#include <sys/stat.h>

namespace clustermanager::integration {

namespace {

constexpr Millis kPatience{60'000};

}  // namespace

const std::array<ServingHost::Step, ServingHost::kStepCount> ServingHost::kSteps{{
    {"reload", &ServingHost::reload},
    {"hangup", &ServingHost::hangUp},
    {"replace", &ServingHost::replacePlugin},
    {"scale", &ServingHost::scaleOnce},
    {"upgrade", &ServingHost::upgrade},
}};

void ServingHost::serve()
{
    ::mkdir(path("plugins").c_str(), 0755);
    _plugin = readFile(examplePlugin("hello"));
    writeFile(path("plugins/hello.so"), _plugin);
    onlyConfigFile(path("serving.properties"));
    writeConfig();
    const StatusView ready = startReady();
    CPPUNIT_ASSERT_EQUAL(std::size_t{kCount}, ready.children().size());
    _port = listener("http").port();
}

void ServingHost::writeConfig()
{
    writeFile(path("serving.properties"), "cluster.controlSocket = run/control.sock\n"
                                          "listen.http = 127.0.0.1:0\n"
                                          "plugin.hello.count = " +
                                              std::to_string(kCount) +
                                              "\nplugin.hello.minUptimeMs = 0\nplugin.hello.maxRestarts = 0\n"
                                              "plugin.hello.note = " +
                                              std::to_string(_note) + "\n");
}

void ServingHost::beginLoad()
{
    load::Load::Plan plan;
    plan.request.port = _port;
    plan.request.patience = Millis(10'000) * timeFactor();
    _load = std::make_unique<load::Load>(plan);
    waitAnswers();
}

void ServingHost::waitAnswers(std::uint64_t count)
{
    const std::uint64_t wanted = _load->answered() + count;
    CPPUNIT_ASSERT_MESSAGE("the clients should be answered",
                           waitFor([&] { return _load->answered() >= wanted; }, kPatience));
}

load::Tally ServingHost::endLoad()
{
    load::Tally tally = _load->stop();
    _load.reset();
    return tally;
}

void ServingHost::operate(const std::string& target)
{
    const HttpAnswer begun = control(target, "POST");
    CPPUNIT_ASSERT_EQUAL_MESSAGE(begun.body, 202, begun.status);
    const int id = operationOf(begun.body).id;
    OperationView last;
    const bool ended = waitFor(
        [&] {
            last = operation(id);
            return last.over();
        },
        kPatience);
    CPPUNIT_ASSERT_MESSAGE(target + " should end: " + last.text + output(), ended);
    CPPUNIT_ASSERT_EQUAL_MESSAGE(last.text + output(), std::string("done"), last.state);
}

void ServingHost::reload()
{
    operate("/groups/hello/reload");
}

void ServingHost::hangUp()
{
    const unsigned before = generation();
    ++_note;
    writeConfig();
    host().signal(SIGHUP);
    waitGeneration(before + 1, "SIGHUP after a change of the plugin's section");
}

void ServingHost::replacePlugin()
{
    const unsigned before = generation();
    // Bytes behind an ELF file's sections change nothing but its sum.
    writeFile(path("plugins/hello.so"), _plugin + "replaced " + std::to_string(++_replacements));
    waitGeneration(before + 1, "a replaced plugin");
}

void ServingHost::scaleOnce()
{
    constexpr std::array<unsigned, 3> kCounts{kCountMax, 2, kCount};
    scale(kCounts[_scaled++ % kCounts.size()]);
}

void ServingHost::scale(unsigned count)
{
    operate("/groups/hello/scale/" + std::to_string(count));
    const auto settled = [&](const StatusView& s) { return s.children().size() == count && s.allReady(); };
    (void)waitStatus(settled, "there should be " + std::to_string(count) + " children");
}

void ServingHost::upgrade()
{
    const unsigned before = upgrades();
    host().signal(SIGUSR2);
    (void)waitStatus([&](const StatusView& s) { return s.master()->getValue<unsigned>("upgrades") > before; },
                     "SIGUSR2 should upgrade the host");
}

std::uint64_t ServingHost::killChild(std::size_t position)
{
    std::vector<pid_t> ready;
    const StatusView view = status();
    for (const ChildView& child : view.children())
        if (child.state == "ready") ready.push_back(child.pid);
    if (ready.empty()) return 0;
    const pid_t pid = ready[position % ready.size()];
    // A stopped process accepts nothing, so what is counted now is all that can be lost.
    pauseProcess(pid);
    const std::uint64_t accepted = acceptedConnections(pid, _port);
    ::kill(pid, SIGKILL);
    return accepted;
}

std::uint64_t ServingHost::killInReload(std::size_t position)
{
    CPPUNIT_ASSERT_EQUAL(202, control("/groups/hello/reload", "POST").status);
    std::uint64_t accepted = killChild(position);
    waitAnswers(position % 8 * 50);
    accepted += killChild(position + 1);
    waitSettled("the reload should end, in one way or the other");
    return accepted;
}

void ServingHost::waitSettled(const std::string& wish)
{
    const auto settled = [](const StatusView& s) {
        return s.group("hello")->getValue<std::string>("phase").empty() && s.allReady();
    };
    (void)waitStatus(settled, wish);
}

unsigned ServingHost::upgrades() const
{
    return status().master()->getValue<unsigned>("upgrades");
}

unsigned ServingHost::generation() const
{
    return status().group("hello")->getValue<unsigned>("generation");
}

void ServingHost::waitGeneration(unsigned atLeast, const std::string& cause)
{
    const auto took = [&](const StatusView& s) {
        const auto group = s.group("hello");
        return group->getValue<unsigned>("generation") >= atLeast &&
               group->getValue<std::string>("phase").empty() && s.allReady();
    };
    (void)waitStatus(took, cause + " should make generation " + std::to_string(atLeast));
}

}  // namespace clustermanager::integration
