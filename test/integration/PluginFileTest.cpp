/// Goal: a plugin file that is none, or a broken one, ends the start with a fitting exit code and a sentence
/// that names the file; nothing of it ever crashes the master.
/// Method: one bad file each, made from a good one where possible.
#include "HostFixture.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "Nobody.h"

namespace {

using namespace clustermanager::integration;

constexpr int kUnavailable = 69;
constexpr int kNoPermission = 77;
constexpr int kConfig = 78;  // found when the configuration is checked

class PluginFileTest : public HostFixture
{
    CPPUNIT_TEST_SUITE(PluginFileTest);
    CPPUNIT_TEST(refusesWhatIsNoFile);
    CPPUNIT_TEST(refusesLinksThatLeadNowhere);
    CPPUNIT_TEST(refusesWhatItMayNotRead);
    CPPUNIT_TEST(refusesAShortFile);
    CPPUNIT_TEST(refusesATruncatedFile);
    CPPUNIT_TEST(survivesFlippedBytes);
    CPPUNIT_TEST(refusesAnotherProcessor);
    CPPUNIT_TEST(refusesAProgram);
    CPPUNIT_TEST(refusesAHugeSparseFile);
    CPPUNIT_TEST(refusesAnUndefinedSymbol);
    CPPUNIT_TEST(refusesAMissingLibrary);
    CPPUNIT_TEST(refusesTooMuchStaticThreadStorage);
    CPPUNIT_TEST(takesAnExecutableStackOrTellsTheLoadersWords);
    CPPUNIT_TEST(refusesAMissingRunChild);
    CPPUNIT_TEST(refusesDataAsRunChild);
    CPPUNIT_TEST(refusesAnotherAbi);
    CPPUNIT_TEST(refusesWhatOthersCanWrite);
    CPPUNIT_TEST(takesAPluginWithoutNote);
    CPPUNIT_TEST(doesNotCareWhatBecomesOfTheFile);
    CPPUNIT_TEST(oneBadPluginOfTwoEndsTheStart);
    CPPUNIT_TEST_SUITE_END();

    std::string goodBytes() const { return readFile(testPlugin("actor")); }

    /// Its folders become its own.
    void hostIsNobody()
    {
        if (::geteuid() != 0) return;
        for (const std::string& entry : {path(""), path("run"), path("log"), path("files")})
            CPPUNIT_ASSERT_EQUAL(0, ::chown(entry.c_str(), kNobody, kNobody));
        writeFile(path("output"), "");
        before(&becomeNobody);
    }

    /// Starts with what `make` puts at a path: the start must end with the code, and say the words and the
    /// path.
    void expectRefusal(const std::function<void(const std::string&)>& make, const std::string& words,
                       int code = kUnavailable)
    {
        renew();
        const std::string plugin = path("files/bad.so");
        make(plugin);
        pluginFile(plugin);
        expectProblem(plugin);
        allowProblem("bad");
        const int ended = startAndEnd();
        CPPUNIT_ASSERT_EQUAL_MESSAGE(output(), code, ended);
        CPPUNIT_ASSERT_MESSAGE("'" + words + "' in " + output(), output().find(words) != std::string::npos);
    }

    /// The same with one of test/plugins.
    void expectRefusalOf(const std::string& stem, const std::string& words, int code = kUnavailable)
    {
        expectRefusal(
            [&](const std::string& plugin) { std::filesystem::copy_file(testPlugin(stem), plugin); }, words,
            code);
    }

public:
    void refusesWhatIsNoFile()
    {
        expectRefusal([](const std::string&) {}, "does not exist", kConfig);
        expectRefusal([](const std::string& plugin) { ::mkdir(plugin.c_str(), 0755); }, "not a regular file");
        expectRefusal([](const std::string& plugin) { ::mkfifo(plugin.c_str(), 0644); },
                      "not a regular file");
        expectRefusal([](const std::string& plugin) { ::symlink("/dev/zero", plugin.c_str()); },
                      "not a regular file");
    }

    void refusesLinksThatLeadNowhere()
    {
        expectRefusal([](const std::string& plugin) { ::symlink(plugin.c_str(), plugin.c_str()); },
                      "bad.so': Too many levels of symbolic links", kConfig);
        expectRefusal([](const std::string& plugin) { ::symlink("/nowhere/x.so", plugin.c_str()); },
                      "does not exist", kConfig);
    }

    /// Root may read everything, so the host runs as nobody where the test is root.
    void refusesWhatItMayNotRead()
    {
        if (!everybodyMayRead(CM_HOST_BINARY)) return;
        expectRefusal(
            [this](const std::string& plugin) {
                std::filesystem::copy_file(testPlugin("actor"), plugin);
                CPPUNIT_ASSERT_EQUAL(0, ::chmod(plugin.c_str(), 0000));
                hostIsNobody();
            },
            "bad.so': Permission denied", kNoPermission);
        expectRefusal(
            [this](const std::string& plugin) {
                std::filesystem::copy_file(testPlugin("actor"), plugin);
                hostIsNobody();
                CPPUNIT_ASSERT_EQUAL(0, ::chmod(path("files").c_str(), 0000));
            },
            "bad.so': Permission denied", kConfig);
        CPPUNIT_ASSERT_EQUAL(0, ::chmod(path("files").c_str(), 0755));
    }

    void refusesAShortFile()
    {
        for (const std::size_t size : {0u, 1u, 10u, 63u, 64u, 100u})
            expectRefusal([&](const std::string& plugin) { writeFile(plugin, goodBytes().substr(0, size)); },
                          "bad.so");
    }

    void refusesATruncatedFile()
    {
        for (int part = 1; part < 10; ++part)
            expectRefusal(
                [&](const std::string& plugin) {
                    const std::string whole = goodBytes();
                    writeFile(plugin, whole.substr(0, whole.size() * static_cast<std::size_t>(part) / 10));
                },
                "cut off");
    }

    /// Whatever a flipped byte does to the loader, the master ends in order: refused, failed or in service.
    void survivesFlippedBytes()
    {
        unsigned random = 7;
        for (int round = 0; round < 12; ++round)
        {
            renew();
            std::string bytes = goodBytes();
            for (int flip = 0; flip < 40; ++flip)
            {
                random = random * 1664525u + 1013904223u;
                char& byte = bytes[random % std::min<std::size_t>(bytes.size(), 20'000)];
                byte = static_cast<char>(static_cast<unsigned>(byte) ^ (random >> 24));
            }
            writeFile(path("files/flipped.so"), bytes);
            pluginFile(path("files/flipped.so"));
            set("cluster.startTimeoutMs", "2000");
            set("cluster.maxRestarts", "1");
            set("cluster.onGiveUp", "exit");
            allowProblem("flipped");
            start();
            waitFor([this] { return host().ended() || exists(path("run/control.sock")); });
            const int code = stop();
            CPPUNIT_ASSERT_MESSAGE(output(), code == 0 || code == kUnavailable || code == 70);
        }
    }

    void refusesAnotherProcessor()
    {
        expectRefusal(
            [&](const std::string& plugin) {
                std::string bytes = goodBytes();
                bytes[18] = '\x15';  // e_machine: 64-bit PowerPC
                writeFile(plugin, bytes);
            },
            "processor");
        expectRefusal(
            [&](const std::string& plugin) {
                std::string bytes = goodBytes();
                bytes[4] = '\x01';  // 32-bit
                writeFile(plugin, bytes);
            },
            "bad.so");
    }

    void refusesAProgram()
    {
        expectRefusal([](const std::string& plugin) { std::filesystem::copy_file("/bin/true", plugin); },
                      "program");
    }

    void refusesAHugeSparseFile()
    {
        expectRefusal(
            [](const std::string& plugin) {
                writeFile(plugin, "");
                CPPUNIT_ASSERT_EQUAL(0, ::truncate(plugin.c_str(), 8L << 30));
            },
            "larger");
    }

    void refusesAnUndefinedSymbol() { expectRefusalOf("undefined_symbol", "nowhereToBeFound"); }
    void refusesAMissingLibrary()
    {
        expectRefusalOf("missing_library", "bad.so: libcm_needed.so: cannot open shared object file: "
                                           "No such file or directory");
    }
    void refusesTooMuchStaticThreadStorage()
    {
        expectRefusalOf("static_tls", "bad.so: cannot allocate memory in static TLS block");
    }
    /// From 2.41 on, glibc refuses it.
    void takesAnExecutableStackOrTellsTheLoadersWords()
    {
        plugin("executable_stack");
        allowProblem("executable_stack");
        start();
        waitFor([this] { return host().ended() || exists(path("run/control.sock")); });
        if (!host().ended()) waitReady();
        const int code = stop();
        if (code == 0) return;
        CPPUNIT_ASSERT_EQUAL_MESSAGE(output(), kUnavailable, code);
        CPPUNIT_ASSERT_MESSAGE(output(), output().find("executable stack") != std::string::npos);
    }
    void refusesAMissingRunChild() { expectRefusalOf("no_run_child", "run_child"); }
    void refusesDataAsRunChild() { expectRefusalOf("data_run_child", "run_child"); }
    void refusesAnotherAbi() { expectRefusalOf("other_abi", "42"); }

    void refusesWhatOthersCanWrite()
    {
        if (::geteuid() != 0) return;  // concerns root alone
        expectRefusal(
            [&](const std::string& plugin) {
                std::filesystem::copy_file(testPlugin("actor"), plugin);
                ::chmod(plugin.c_str(), 0777);
            },
            "root", kNoPermission);
        expectRefusal(
            [&](const std::string& plugin) {
                std::filesystem::copy_file(testPlugin("actor"), plugin);
                ::chmod(path("files").c_str(), 0777);
            },
            "root", kNoPermission);
    }

    void takesAPluginWithoutNote()
    {
        plugin("no_note");
        startReady();
    }

    void doesNotCareWhatBecomesOfTheFile()
    {
        actors(2);
        restartFast();
        allowProblem("child 1");
        startReady();
        // In place: the same inode that a careless loader would have mapped.
        writeFile(path("files/actor.so"), "");
        probe(1).ask("crash segv");
        waitRestarts(1, 1);
        std::filesystem::remove(path("files/actor.so"));
        probe(1).ask("crash segv");
        waitRestarts(1, 2);
        CPPUNIT_ASSERT(!probe(2).ask("who").empty());
    }

    void oneBadPluginOfTwoEndsTheStart()
    {
        actors(1);
        plugin("undefined_symbol");
        expectProblem("undefined_symbol");
        CPPUNIT_ASSERT_EQUAL(kUnavailable, startAndEnd());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(PluginFileTest);

}  // namespace
