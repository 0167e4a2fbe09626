/// Goal: what is no plugin, or not a whole one, makes one warning that names it and the reason, and changes
/// nothing: neither where it is new nor where it takes a running plugin's place. What runs never depends on
/// the file.
/// Method: bad files made from good ones; each is dropped as a new plugin and as a replacement.
#include "DropInFixture.h"

#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <thread>

namespace {

using namespace clustermanager::integration;

class DropInFilesTest : public DropInFixture
{
    CPPUNIT_TEST_SUITE(DropInFilesTest);
    CPPUNIT_TEST(whatIsNoPluginMakesOneWarning);
    CPPUNIT_TEST(whatIsNoPluginReplacesNone);
    CPPUNIT_TEST(aBadFileDoesNotHoldUpAGoodOne);
    CPPUNIT_TEST(aSlowCopyIsTakenWhenItIsWhole);
    CPPUNIT_TEST(aPluginThatCannotBeLoadedHurtsNobody);
    CPPUNIT_TEST(aPluginThatOthersCanWriteIsRefused);
    CPPUNIT_TEST(truncationInPlaceHurtsNoRunningChild);
    CPPUNIT_TEST(otherNamesAreIgnored);
    CPPUNIT_TEST_SUITE_END();

    struct Bad
    {
        std::string what;
        std::function<void(const std::string& path)> make;
        std::string reason;
    };

    std::vector<Bad> badFiles() const
    {
        const std::string good = readFile(testPlugin("actor_v2"));
        const auto holding = [](const std::string& text) {
            return [text](const std::string& file) { writeFile(file, text); };
        };
        const auto copyOf = [this](const std::string& stem) {
            return [this, stem](const std::string& file) { std::filesystem::rename(testPlugin(stem), file); };
        };
        std::string foreign = good;
        foreign[18] = '\x15';  // e_machine: 64-bit PowerPC
        return {
            {"empty", holding(""), "no shared object"},
            {"text", holding("nothing to load\n"), "no shared object"},
            {"head", holding(good.substr(0, 100)), "cut off"},
            {"half", holding(good.substr(0, good.size() / 2)), "cut off"},
            {"foreign", holding(foreign), "processor"},
            {"program", [](const std::string& file) { std::filesystem::copy_file("/bin/true", file); },
             "program"},
            {"folder", [](const std::string& file) { ::mkdir(file.c_str(), 0755); }, "not a regular file"},
            {"fifo", [](const std::string& file) { ::mkfifo(file.c_str(), 0644); }, "not a regular file"},
            {"device", [](const std::string& file) { ::symlink("/dev/zero", file.c_str()); },
             "not a regular file"},
            {"dangling", [](const std::string& file) { ::symlink("/nowhere/x.so", file.c_str()); },
             "No such file"},
            {"loop", [](const std::string& file) { ::symlink(file.c_str(), file.c_str()); },
             "symbolic links"},
            {"no_run_child", copyOf("no_run_child"), "run_child"},
            {"other_abi", copyOf("other_abi"), "42"},
        };
    }

    /// The one line that told of it.
    void checkToldOnce(const std::string& file, const std::string& reason) const
    {
        unsigned warnings = 0;
        for (const std::string& line : linesOf(output()))
            if (line.find(" warn [") != std::string::npos && line.find("/" + file + "'") != std::string::npos)
            {
                ++warnings;
                CPPUNIT_ASSERT_MESSAGE(line, line.find(reason) != std::string::npos);
            }
        CPPUNIT_ASSERT_EQUAL_MESSAGE(file + "\n" + output(), 1u, warnings);
    }

public:
    void whatIsNoPluginMakesOneWarning()
    {
        descriptorsMayGrow();
        startReady();
        const StatusView before = status();
        const std::vector<Bad> all = badFiles();
        for (const Bad& bad : all) bad.make(dropped(bad.what + ".so"));
        const StatusView after = settle();
        for (const Bad& bad : all) checkToldOnce(bad.what + ".so", bad.reason);
        CPPUNIT_ASSERT_EQUAL(before.children().size(), after.children().size());
        CPPUNIT_ASSERT(before.pidsOf("first") == after.pidsOf("first"));
        for (const Bad& bad : all) CPPUNIT_ASSERT(!after.hasGroup(bad.what));

        // The same names become groups when something good takes them.
        for (const Bad& bad : all)
        {
            remove(bad.what + ".so");
            moveIn("actor", bad.what + ".so");
        }
        for (const Bad& bad : all) waitGroup(bad.what);
    }

    void whatIsNoPluginReplacesNone()
    {
        const std::vector<Bad> all = badFiles();
        for (const Bad& bad : all) moveIn("actor", bad.what + ".so");
        const StatusView before = startReady();
        for (const Bad& bad : all)
        {
            std::filesystem::remove(dropped(bad.what + ".so"));
            bad.make(dropped(bad.what + ".so"));
        }
        const StatusView after = settle();
        for (const Bad& bad : all)
        {
            checkToldOnce(bad.what + ".so", bad.reason);
            CPPUNIT_ASSERT(before.pidsOf(bad.what) == after.pidsOf(bad.what));
            CPPUNIT_ASSERT_EQUAL(0u, reloadsOf(bad.what));
            CPPUNIT_ASSERT_EQUAL(std::string(), after.failedReload(bad.what));
        }
        // A reload that is asked for says why not, and changes nothing either.
        const HttpAnswer answer = post("/config/reload");
        CPPUNIT_ASSERT_MESSAGE(answer.body,
                               answer.body.find("group half: is not reloaded") != std::string::npos);
        for (const Bad& bad : all)
        {
            remove(bad.what + ".so");
            moveIn("actor_v2", bad.what + ".so");
        }
        for (const Bad& bad : all) waitGroup(bad.what, "2.0.0");
    }

    void aBadFileDoesNotHoldUpAGoodOne()
    {
        descriptorsMayGrow();
        startReady();
        const std::string good = readFile(testPlugin("actor"));
        writeFile(dropped("first.so"), good.substr(0, 5000));
        writeFile(dropped("bad name.so"), good);
        moveIn("actor", "second.so");
        waitGroup("second");
        const StatusView after = settle();
        checkToldOnce("first.so", "cut off");
        checkToldOnce("bad name.so", "1 to 32 letters");
        CPPUNIT_ASSERT_EQUAL(0u, reloadsOf("first"));
        CPPUNIT_ASSERT_EQUAL(std::string(), after.failedReload("first"));
        moveIn("actor_v2", "first.so");
        waitGroup("first", "2.0.0");
    }

    /// Half of it rests long enough to be looked at; then it grows again.
    void aSlowCopyIsTakenWhenItIsWhole()
    {
        startReady();
        const std::string good = readFile(testPlugin("actor_v2"));
        const std::size_t half = good.size() / 2;
        writeFile(dropped("first.so"), good.substr(0, half));
        waitOutput("first.so': ");
        for (std::size_t at = half; at < good.size(); at += half / 50)
        {
            appendFile(dropped("first.so"), good.substr(at, half / 50));
            ::poll(nullptr, 0, 2);
        }
        waitGroup("first", "2.0.0");
        settle();
        checkToldOnce("first.so", "cut off");
        CPPUNIT_ASSERT_EQUAL(1u, reloadsOf("first"));
    }

    /// It is whole, so only a process that may die can tell.
    void aPluginThatCannotBeLoadedHurtsNobody()
    {
        descriptorsMayGrow();
        moveIn("actor", "second.so");
        const StatusView before = startReady();
        expectProblem("nowhereToBeFound");
        expectProblem("SIGSEGV");
        allowProblem("group second");
        moveIn("undefined_symbol", "third.so");
        moveIn("construct_crash", "second.so");
        const StatusView after = waitStatus(
            [](const StatusView& s) {
                return s.hasGroup("third") &&
                       s.group("third")->getValue<std::string>("generationState") == "failed" &&
                       !s.failedReload("second").empty();
            },
            "both should have failed");
        CPPUNIT_ASSERT(before.pidsOf("first") == after.pidsOf("first"));
        CPPUNIT_ASSERT(before.pidsOf("second") == after.pidsOf("second"));
        CPPUNIT_ASSERT(after.group("third")->getValue<std::string>("reason").find("nowhereToBeFound") !=
                       std::string::npos);
        moveIn("actor", "third.so");
        moveIn("actor_v2", "second.so");
        waitGroup("third");
        waitGroup("second", "2.0.0");
        CPPUNIT_ASSERT_EQUAL(std::string(), status().failedReload("second"));
    }

    void aPluginThatOthersCanWriteIsRefused()
    {
        if (::geteuid() != 0) return;  // concerns root alone
        moveIn("actor", "second.so");
        const StatusView before = startReady();
        const auto makeOpen = [this](const std::string& stem, const std::string& file) {
            const std::string made = testPlugin(stem);
            ::chmod(made.c_str(), 0777);
            std::filesystem::rename(made, dropped(file));
        };
        makeOpen("actor", "third.so");
        makeOpen("actor_v2", "second.so");
        const StatusView after = settle();
        checkToldOnce("third.so", "as root");
        checkToldOnce("second.so", "as root");
        CPPUNIT_ASSERT(!after.hasGroup("third"));
        CPPUNIT_ASSERT(before.pidsOf("second") == after.pidsOf("second"));
        CPPUNIT_ASSERT_EQUAL(0u, reloadsOf("second"));
    }

    /// `: > first.so` under load: nobody ever maps the file itself.
    void truncationInPlaceHurtsNoRunningChild()
    {
        set("listen.front", "127.0.0.1:0");
        writeFile(dropped("first.properties"), sideText(2) + "serve = front\n");
        allowProblem("child 1");
        const StatusView before = startReady();
        const Poco::Net::SocketAddress front = listener("front");
        std::atomic<bool> done{false};
        std::atomic<unsigned> served{0};
        std::atomic<unsigned> failed{0};
        std::thread load([&] {
            while (!done) ++(exchangeBytes(front, "").empty() ? failed : served);
        });
        writeFile(dropped("first.so"), "");
        waitOutput("first.so': ");
        const unsigned then = served;
        const bool goesOn = waitFor([&] { return served > then + 100; });
        done = true;
        load.join();
        CPPUNIT_ASSERT(goesOn);
        CPPUNIT_ASSERT_EQUAL(0u, failed.load());
        CPPUNIT_ASSERT(before.pidsOf("first") == status().pidsOf("first"));
        checkToldOnce("first.so", "no shared object");

        // Who starts again starts from the copy.
        probe(1).ask("crash segv");
        waitRestarts(1, 1);
        CPPUNIT_ASSERT_EQUAL(std::string("1.2.3"), status().version("first"));
        copyIn("actor_v2", "first.so");
        waitGroup("first", "2.0.0");
    }

    void otherNamesAreIgnored()
    {
        startReady();
        copyIn("actor", ".hidden.so");
        copyIn("actor", "second.so~");
        copyIn("actor", "second.so.part");
        copyIn("actor", "README.txt");
        const std::size_t lines = linesOf(output()).size();
        const StatusView after = settle();
        CPPUNIT_ASSERT_EQUAL(static_cast<std::size_t>(2), after.children().size());
        // What settle() itself caused to be said: of its file, and of its request.
        CPPUNIT_ASSERT_EQUAL_MESSAGE(output(), lines + 2, linesOf(output()).size());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(DropInFilesTest);

}  // namespace
