/// Goal: what is known of a plugin before any of its code is mapped is right, and no file, however damaged or
/// strange, does more than be refused with one sentence.
/// Method: small real plugins, some of them cut, bent and replaced in a folder of the test's own.
#include <cppunit/extensions/HelperMacros.h>
#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstddef>
#include <random>

#include "base/SealedFile.h"
#include "runtime/PluginFile.h"
#include "runtime/StartError.h"
#include "unit/TemporaryFolder.h"
#include "unit/base/InForkedProcess.h"

namespace clustermanager::runtime::test {

class PluginFileTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(PluginFileTest);
    CPPUNIT_TEST(knowsWhatThePluginSaysOfItself);
    CPPUNIT_TEST(pluginThatSaysNothingIsFine);
    CPPUNIT_TEST(pluginWithoutRunChildIsRefused);
    CPPUNIT_TEST(pluginOfAnotherAbiIsRefused);
    CPPUNIT_TEST(pluginOfAnotherPocoIsRefused);
    CPPUNIT_TEST(fileForAnotherMachineIsRefused);
    CPPUNIT_TEST(programIsRefused);
    CPPUNIT_TEST(textIsRefused);
    CPPUNIT_TEST(fileCutOffAnywhereIsRefused);
    CPPUNIT_TEST(flippedBytesAreSurvived);
    CPPUNIT_TEST(whatIsNoFileIsRefused);
    CPPUNIT_TEST(fileThatMayNotBeReadIsNoPermission);
    CPPUNIT_TEST(hugeFileIsRefusedUnread);
    CPPUNIT_TEST(rootTrustsNothingThatOthersCanWrite);
    CPPUNIT_TEST(copyStaysAsItWas);
    CPPUNIT_TEST(knowsTheContentAndItsTime);
    CPPUNIT_TEST(largeFileIsCopiedInSteps);
    CPPUNIT_TEST(fileThatChangesMeanwhileIsRefused);
    CPPUNIT_TEST(fileReplacedMeanwhileIsNotMixedIn);
    CPPUNIT_TEST_SUITE_END();

    TemporaryFolder _folder;

    /// A copy in the test's folder, so that whoever owns the build folder does not matter.
    std::string plugin(const std::string& name) const
    {
        const std::string path = _folder / (name + ".so");
        std::filesystem::copy_file(std::string(CM_TEST_PLUGINS) + '/' + name + ".so", path,
                                   std::filesystem::copy_options::overwrite_existing);
        std::filesystem::permissions(path, std::filesystem::perms(0755));
        return path;
    }

    std::string written(const std::string& content) const
    {
        const std::string path = _folder / "written.so";
        std::filesystem::remove(path);
        std::ofstream(path, std::ios::binary) << content;
        std::filesystem::permissions(path, std::filesystem::perms(0755));
        return path;
    }

    static void assertRefused(const std::string& path, const std::string& why, int exitCode = 69)
    {
        try
        {
            (void)stagePlugin(path);
        }
        catch (const StartError& problem)
        {
            CPPUNIT_ASSERT_EQUAL(exitCode, problem.exitCode());
            CPPUNIT_ASSERT_EQUAL(std::size_t{0}, problem.message().find("plugin '" + path + "': "));
            CPPUNIT_ASSERT_MESSAGE("'" + problem.message() + "' does not say '" + why + "'",
                                   problem.message().find(why) != std::string::npos);
            return;
        }
        CPPUNIT_FAIL(path + " is accepted");
    }

    void knowsWhatThePluginSaysOfItself()
    {
        const std::string path = plugin("good");
        const PluginFile staged = stagePlugin(path);
        CPPUNIT_ASSERT_EQUAL(path, staged.path);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{std::filesystem::file_size(path)}, staged.size);
        CPPUNIT_ASSERT(staged.facts.hasNote && staged.facts.hasRunChild && staged.facts.hasRunMaster);
        CPPUNIT_ASSERT_EQUAL(std::string("good"), staged.facts.name);
        CPPUNIT_ASSERT_EQUAL(std::string("2.1"), staged.facts.version);
        CPPUNIT_ASSERT_EQUAL(std::uint32_t{1}, staged.facts.abiVersion);
        CPPUNIT_ASSERT_EQUAL(std::uint32_t{0}, staged.facts.pocoVersion);
        CPPUNIT_ASSERT(staged.facts.needed.size() < 100);
    }

    void pluginThatSaysNothingIsFine()
    {
        const PluginFile staged = stagePlugin(plugin("bare"));
        CPPUNIT_ASSERT(!staged.facts.hasNote && staged.facts.hasRunChild && !staged.facts.hasRunMaster);
        CPPUNIT_ASSERT(staged.facts.name.empty());
    }

    void pluginWithoutRunChildIsRefused()
    {
        assertRefused(plugin("nochild"), "exports no function run_child");
    }

    void pluginOfAnotherAbiIsRefused()
    {
        assertRefused(plugin("otherabi"), "built for plugin ABI 2, this host has 1");
    }

    void pluginOfAnotherPocoIsRefused() { assertRefused(plugin("otherpoco"), "built with Poco 1.3"); }

    void fileForAnotherMachineIsRefused()
    {
        std::string bytes = contentOf(plugin("good"));
        bytes[offsetof(Elf64_Ehdr, e_machine)] = static_cast<char>(EM_S390);
        assertRefused(written(bytes), "another processor");
        bytes = contentOf(plugin("good"));
        bytes[EI_CLASS] = ELFCLASS32;
        assertRefused(written(bytes), "64-bit");
    }

    void programIsRefused() { assertRefused(written(contentOf("/proc/self/exe")), "no shared object"); }

    void textIsRefused()
    {
        assertRefused(written("#!/bin/sh\nexit 0\n"), "no shared object");
        assertRefused(written(""), "no shared object");
        assertRefused(written("\x7f"
                              "ELF"),
                      "no shared object");
    }

    void fileCutOffAnywhereIsRefused()
    {
        const std::string whole = contentOf(plugin("good"));
        constexpr std::size_t kPoints = 50;
        for (std::size_t i = 0; i < kPoints; ++i)
            assertRefused(written(whole.substr(0, whole.size() * i / kPoints)), "");
        assertRefused(written(whole.substr(0, whole.size() - 1)), "cut off or still being copied");
    }

    void flippedBytesAreSurvived()
    {
        const std::string whole = contentOf(plugin("good"));
        const std::string path = written(whole);
        const FileDescriptor file(::open(path.c_str(), O_RDWR | O_CLOEXEC));
        std::mt19937 random(20'240'229);
        unsigned refused = 0;
        for (int round = 0; round < 3'000; ++round)
        {
            std::string bent = whole;
            // Half of them in the headers, where a byte decides most.
            const std::size_t range = round % 2 == 0 ? 1'024 : whole.size();
            for (unsigned flips = 1 + random() % 4; flips > 0; --flips)
                bent[random() % range] = static_cast<char>(random());
            CPPUNIT_ASSERT_EQUAL(static_cast<ssize_t>(bent.size()),
                                 ::pwrite(file.get(), bent.data(), bent.size(), 0));
            const auto facts = readElfFacts(file.get(), bent.size());
            if (const auto* why = std::get_if<std::string>(&facts))
            {
                ++refused;
                CPPUNIT_ASSERT(!why->empty());
            }
        }
        CPPUNIT_ASSERT(refused > 100);
    }

    void whatIsNoFileIsRefused()
    {
        assertRefused(_folder / "missing.so", "No such file or directory");
        assertRefused(_folder.path(), "not a regular file");
        CPPUNIT_ASSERT_EQUAL(0, ::mkfifo((_folder / "fifo").c_str(), 0600));
        assertRefused(_folder / "fifo", "not a regular file");
        assertRefused("/dev/zero", "not a regular file");
    }

    void fileThatMayNotBeReadIsNoPermission()
    {
        const std::string path = plugin("good");
        std::filesystem::permissions(path, std::filesystem::perms(0));
        std::filesystem::permissions(_folder.path(), std::filesystem::perms(0755));
        CPPUNIT_ASSERT_EQUAL(0, clustermanager::test::asNobody([&path] {
                                 assertRefused(path, "Permission denied", 77);
                                 return 0;
                             }));
    }

    void hugeFileIsRefusedUnread()
    {
        const std::string path = written("");
        std::filesystem::resize_file(path, std::uint64_t{1} << 40U);
        assertRefused(path, "larger than 512 MiB");
    }

    void rootTrustsNothingThatOthersCanWrite()
    {
        const std::string path = plugin("good");
        CPPUNIT_ASSERT_EQUAL(0, ::chmod(path.c_str(), 0777));
        if (::geteuid() != 0)  // then it is the user's own affair
        {
            CPPUNIT_ASSERT(stagePlugin(path).facts.hasNote);
            return;
        }
        assertRefused(path, "this host runs as root", 77);
        CPPUNIT_ASSERT_EQUAL(0, ::chmod(path.c_str(), 0755));
        CPPUNIT_ASSERT(stagePlugin(path).facts.hasNote);
        CPPUNIT_ASSERT_EQUAL(0, ::chmod(_folder.path().c_str(), 0777));
        assertRefused(path, "its folder '" + _folder.path() + "'", 77);
        CPPUNIT_ASSERT_EQUAL(0, ::chmod(_folder.path().c_str(), 0700));
        CPPUNIT_ASSERT_EQUAL(0, ::chown(path.c_str(), 12'345, 0));
        assertRefused(path, "by others than root", 77);
    }

    void copyStaysAsItWas()
    {
        const std::string path = plugin("good");
        const std::string before = contentOf(path);
        const PluginFile staged = stagePlugin(path);
        {
            std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
            file << std::string(1'000, 'x');
        }
        std::filesystem::resize_file(path, 2'000);
        Result<std::vector<std::uint8_t>> copy = readWhole(staged.copy, before.size());
        CPPUNIT_ASSERT(copy.ok());
        CPPUNIT_ASSERT(std::string(copy.value().begin(), copy.value().end()) == before);
        CPPUNIT_ASSERT(::pwrite(staged.copy.get(), "x", 1, 0) < 0);
    }

    /// Whole in the eyes of the ELF checks, and larger than one step: what follows the sections is ignored.
    std::string largePlugin() const
    {
        return written(contentOf(plugin("good")) + std::string(2 * PluginCopy::kBytesPerStep, 'x'));
    }

    void knowsTheContentAndItsTime()
    {
        // The engine is a library's; that it is fed right shows where a block is cut.
        const std::string path = largePlugin();
        struct timespec times[2] = {{1'700'000'000, 0}, {1'700'000'000, 123'456'000}};
        CPPUNIT_ASSERT_EQUAL(0, ::utimensat(AT_FDCWD, path.c_str(), times, 0));
        Poco::SHA2Engine whole;
        whole.update(contentOf(path));
        const PluginFile staged = stagePlugin(path);
        CPPUNIT_ASSERT_EQUAL(Poco::DigestEngine::digestToHex(whole.digest()), staged.sha256);
        CPPUNIT_ASSERT_EQUAL(std::size_t{64}, staged.sha256.size());
        CPPUNIT_ASSERT(staged.modified == WallTime(std::chrono::microseconds(1'700'000'000'123'456)));

        Poco::SHA2Engine known;  // the first vector of FIPS 180
        known.update(std::string("abc"));
        CPPUNIT_ASSERT_EQUAL(std::string("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
                             Poco::DigestEngine::digestToHex(known.digest()));
    }

    void largeFileIsCopiedInSteps()
    {
        const std::string path = largePlugin();
        PluginCopy copy(path);
        int steps = 1;
        std::optional<PluginFile> staged;
        while (!(staged = copy.proceed())) ++steps;
        CPPUNIT_ASSERT_EQUAL(4, steps);  // two, what is over, and the end
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{std::filesystem::file_size(path)}, staged->size);
        const auto content = readWhole(staged->copy, staged->size);
        CPPUNIT_ASSERT(std::string(content.value().begin(), content.value().end()) == contentOf(path));
    }

    static void assertChanged(PluginCopy& copy)
    {
        try
        {
            while (!copy.proceed())
            {}
        }
        catch (const StartError& problem)
        {
            CPPUNIT_ASSERT(problem.message().find("it changed while it was copied") != std::string::npos);
            return;
        }
        CPPUNIT_FAIL("a mixture was taken");
    }

    void fileThatChangesMeanwhileIsRefused()
    {
        for (const int change : {-1, 0, 1})
        {
            const std::string path = largePlugin();
            struct timespec past[2] = {{1'700'000'000, 0}, {1'700'000'000, 0}};
            CPPUNIT_ASSERT_EQUAL(0, ::utimensat(AT_FDCWD, path.c_str(), past, 0));
            PluginCopy copy(path);
            CPPUNIT_ASSERT(!copy.proceed());
            if (change == 0)
                std::fstream(path, std::ios::in | std::ios::out | std::ios::binary) << "y";
            else
                std::filesystem::resize_file(
                    path, std::filesystem::file_size(path) +
                              static_cast<std::uintmax_t>(change *
                                                          std::int64_t{2 * PluginCopy::kBytesPerStep - 7}));
            assertChanged(copy);
        }
    }

    void fileReplacedMeanwhileIsNotMixedIn()
    {
        const std::string path = largePlugin();
        const std::string before = contentOf(path);
        PluginCopy copy(path);
        CPPUNIT_ASSERT(!copy.proceed());
        std::filesystem::rename(plugin("good"), path);
        std::optional<PluginFile> staged;
        while (!(staged = copy.proceed()))
        {}
        const auto content = readWhole(staged->copy, before.size());
        CPPUNIT_ASSERT(std::string(content.value().begin(), content.value().end()) == before);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(PluginFileTest);

}  // namespace clustermanager::runtime::test
