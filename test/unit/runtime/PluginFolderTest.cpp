/// Goal: each settled change of the drop-in folder is reported once, nothing that is not whole ever is, and
/// the loss of the folder stops nothing.
/// Method: real files and the kernel's own events, which are there when the call that causes them returns;
/// the time that settles them is made up.
#include <cppunit/extensions/HelperMacros.h>
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "runtime/PluginFolder.h"
#include "unit/TemporaryFolder.h"

namespace clustermanager::runtime::test {

namespace fs = std::filesystem;

class PluginFolderTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(PluginFolderTest);
    CPPUNIT_TEST(whatIsThereAtFirstIsNotReported);
    CPPUNIT_TEST(newPluginIsReportedOnceWhenItRests);
    CPPUNIT_TEST(replacedPluginIsReportedByCopyMoveAndLink);
    CPPUNIT_TEST(removedPluginIsReported);
    CPPUNIT_TEST(configurationBesideItIsReported);
    CPPUNIT_TEST(hiddenAndTemporaryNamesAreIgnored);
    CPPUNIT_TEST(truncatedPluginMakesOneWarningAndNothingElse);
    CPPUNIT_TEST(halfCopiedPluginIsReportedWhenItIsWhole);
    CPPUNIT_TEST(strangeFilesMakeOneWarningEach);
    CPPUNIT_TEST(whoseModeIsMendedIsReported);
    CPPUNIT_TEST(hundredReplacementsEndInTheLast);
    CPPUNIT_TEST(whatWasReadBeforeItRestedIsToldThough);
    CPPUNIT_TEST(whatRestsIsNotToldAgainByAReading);
    CPPUNIT_TEST(whatIsNotWholeIsWarnedOfOnceThoughItWasRead);
    CPPUNIT_TEST(whatWasReadBeforeItRestedIsHandedOver);
    CPPUNIT_TEST(whatWasReadWithoutInotifyIsTold);
    CPPUNIT_TEST(lostEventsAreMadeUpFor);
    CPPUNIT_TEST(linkLedElsewhereIsReported);
    CPPUNIT_TEST(lostFolderStopsNothingAndIsFoundAgain);
    CPPUNIT_TEST(folderThatAppearsLaterIsWatched);
    CPPUNIT_TEST(withoutInotifyItIsLookedThroughNowAndThen);
    CPPUNIT_TEST(folderThatIsLostWithoutInotifyStopsNothing);
    CPPUNIT_TEST_SUITE_END();

    TemporaryFolder _root;
    const std::string _folder = _root / "plugins";
    std::vector<std::string> _changes;  // "+name", "-name"
    std::vector<std::string> _warnings;
    TimePoint _now{std::chrono::seconds(1'000)};
    std::unique_ptr<PluginFolder> _watched;

    void watch()
    {
        PluginFolder::Sinks sinks;
        sinks.change = [this](const auto& change) {
            _changes.push_back(std::visit(
                Overloaded{[](const PluginFolder::Changed& changed) { return "+" + changed.name; },
                           [](const PluginFolder::Removed& removed) { return "-" + removed.name; }},
                change));
        };
        sinks.warning = [this](const std::string& text) { _warnings.push_back(text); };
        _watched = std::make_unique<PluginFolder>(_folder, sinks);
    }

    void readEvents()
    {
        pollfd wake = {_watched->wakeFd(), POLLIN, 0};
        while (::poll(&wake, 1, 0) == 1) _watched->onReadable(_now);
    }

    /// Everything rests for long.
    void settle()
    {
        readEvents();
        for (int i = 0; i < 200 && _watched->deadline(); ++i)
        {
            _now = std::max(_now, *_watched->deadline());
            _watched->passTime(_now);
            readEvents();
        }
        CPPUNIT_ASSERT_MESSAGE("it comes to rest", !_watched->deadline());
    }

    void assertSettles(const std::string& changes, std::size_t warnings = 0)
    {
        settle();
        std::string all;
        for (const std::string& change : _changes) all += change;
        CPPUNIT_ASSERT_EQUAL(changes, all);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(_warnings.empty() ? "" : _warnings.back(), warnings, _warnings.size());
        _changes.clear();
        _warnings.clear();
    }

    static std::string good() { return contentOf(std::string(CM_TEST_PLUGINS) + "/good.so"); }
    static std::string bare() { return contentOf(std::string(CM_TEST_PLUGINS) + "/bare.so"); }
    void write(const std::string& file, const std::string& content) const
    {
        std::ofstream(_folder + '/' + file, std::ios::binary) << content;
    }

public:
    void setUp() override
    {
        fs::create_directory(_folder);
        write("first.so", good());
        watch();
    }

private:
    void whatIsThereAtFirstIsNotReported()
    {
        CPPUNIT_ASSERT(!_watched->deadline());
        assertSettles("");
    }

    void newPluginIsReportedOnceWhenItRests()
    {
        write("hello.so", good());
        write("hello.ini", "a = b\n");
        readEvents();
        _watched->passTime(_now + Millis(299));
        CPPUNIT_ASSERT(_changes.empty());
        _watched->passTime(_now + Millis(300));
        assertSettles("+hello");
        fs::permissions(_folder + "/hello.so", fs::perms(0700));
        assertSettles("");
    }

    void watchWithoutInotify()
    {
        _watched.reset();
        rlimit own = {};
        CPPUNIT_ASSERT_EQUAL(0, ::getrlimit(RLIMIT_NOFILE, &own));
        const FileDescriptor lowest(::dup(0));
        const rlimit none = {static_cast<rlim_t>(lowest.get()), own.rlim_max};
        CPPUNIT_ASSERT_EQUAL(0, ::setrlimit(RLIMIT_NOFILE, &none));
        // The folder itself cannot be opened then either, so what is in it is known from the first look.
        watch();
        CPPUNIT_ASSERT_EQUAL(0, ::setrlimit(RLIMIT_NOFILE, &own));
        CPPUNIT_ASSERT_EQUAL(-1, _watched->wakeFd());
    }

    /// Until the folder was looked through and all has rested.
    void passLooks(int looks)
    {
        for (const TimePoint until = _now + looks * FolderWatch::kSlowPace; _now < until;)
        {
            CPPUNIT_ASSERT(_watched->deadline());
            _now = std::max(_now, *_watched->deadline());
            _watched->passTime(_now);
        }
    }

    std::string changes()
    {
        std::string all;
        for (const std::string& change : std::exchange(_changes, {})) all += change;
        return all;
    }

    void withoutInotifyItIsLookedThroughNowAndThen()
    {
        watchWithoutInotify();
        passLooks(3);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, _warnings.size());
        CPPUNIT_ASSERT_EQUAL("the folder '" + _folder +
                                 "' cannot be watched: Too many open files; it is looked through every few "
                                 "seconds instead",
                             _warnings[0]);
        (void)changes();
        write("second.so", good());
        passLooks(2);
        CPPUNIT_ASSERT_EQUAL(std::string("+second"), changes());
        fs::remove(_folder + "/second.so");
        passLooks(2);
        CPPUNIT_ASSERT_EQUAL(std::string("-second"), changes());
        passLooks(10);
        CPPUNIT_ASSERT(_changes.empty());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, _warnings.size());
    }

    void folderThatIsLostWithoutInotifyStopsNothing()
    {
        watchWithoutInotify();
        passLooks(2);
        (void)changes();
        fs::rename(_folder, _root / "away");
        passLooks(3);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, _warnings.size());
        CPPUNIT_ASSERT(_warnings[1].find("is gone: what runs is left as it is") != std::string::npos);
        fs::create_directory(_folder);
        write("other.so", good());
        passLooks(3);
        CPPUNIT_ASSERT_EQUAL_MESSAGE("first runs on", std::string("+other"), changes());
    }

    void replacedPluginIsReportedByCopyMoveAndLink()
    {
        write("first.so", bare());
        assertSettles("+first");
        write(".tmp", good());
        fs::rename(_folder + "/.tmp", _folder + "/first.so");
        assertSettles("+first");
        fs::create_symlink(std::string(CM_TEST_PLUGINS) + "/good.so", _folder + "/.tmp");
        fs::rename(_folder + "/.tmp", _folder + "/first.so");
        assertSettles("+first");
        fs::remove(_folder + "/first.so");
        write("first.so", good());
        assertSettles("+first");
    }

    void removedPluginIsReported()
    {
        fs::remove(_folder + "/first.so");
        assertSettles("-first");
        write("first.so", good());
        assertSettles("+first");
        fs::rename(_folder + "/first.so", _root / "elsewhere.so");
        assertSettles("-first");
    }

    void configurationBesideItIsReported()
    {
        write("first.properties", "a = 1\n");
        assertSettles("+first");
        write("first.properties", "a = 12\n");
        assertSettles("+first");
        fs::remove(_folder + "/first.properties");
        assertSettles("+first");
    }

    void hiddenAndTemporaryNamesAreIgnored()
    {
        for (const char* file : {".new.so", ".new.so.Xa4f", "new.so.tmp", "new.so~", "new.txt", ".so", "so"})
            write(file, good());
        readEvents();
        CPPUNIT_ASSERT(!_watched->deadline());
    }

    void truncatedPluginMakesOneWarningAndNothingElse()
    {
        write("first.so", "");
        settle();
        CPPUNIT_ASSERT(_warnings.size() == 1);
        CPPUNIT_ASSERT_EQUAL("plugin '" + _folder +
                                 "/first.so': it is no shared object (no ELF file, or cut off); nothing is "
                                 "changed by it",
                             _warnings[0]);
        fs::permissions(_folder + "/first.so", fs::perms(0700));
        write("first.ini", "a = b\n");
        assertSettles("", 1);
        write("first.so", bare());
        assertSettles("+first");
    }

    void halfCopiedPluginIsReportedWhenItIsWhole()
    {
        const std::string whole = good();
        const std::size_t pieces = 20;
        for (std::size_t i = 1; i <= pieces; ++i)
        {
            write("slow.so", whole.substr(0, whole.size() * i / pieces));
            readEvents();
            _now += Millis(200);
            _watched->passTime(_now);
            CPPUNIT_ASSERT(_changes.empty() && _warnings.empty());
        }
        assertSettles("+slow");
    }

    void strangeFilesMakeOneWarningEach()
    {
        write("text.so", "#!/bin/sh\n");
        fs::create_directory(_folder + "/folder.so");
        fs::create_symlink("nowhere", _folder + "/broken.so");
        write("foreign.so", contentOf(std::string(CM_TEST_PLUGINS) + "/nochild.so"));
        assertSettles("", 4);
        write("text.so", "#!/bin/bash\n");
        assertSettles("", 1);
        for (const char* file : {"text.so", "folder.so", "broken.so"}) fs::remove(_folder + '/' + file);
        assertSettles("");
    }

    void whoseModeIsMendedIsReported()
    {
        const auto mode = [this](unsigned bits) {
            fs::permissions(_folder + "/second.so", static_cast<fs::perms>(bits));
        };
        write("second.so", good());
        mode(::geteuid() == 0 ? 0666 : 0);  // others can write it, or nobody can read it
        assertSettles("", 1);
        mode(::geteuid() == 0 ? 0662 : 0100);
        assertSettles("");
        mode(0644);
        assertSettles("+second");
    }

    void hundredReplacementsEndInTheLast()
    {
        for (int i = 0; i < 100; ++i)
        {
            write(".tmp", i % 2 == 0 ? bare() : good());
            fs::rename(_folder + "/.tmp", _folder + "/first.so");
            readEvents();
            _now += Millis(10);
            _watched->passTime(_now);
        }
        assertSettles("+first");
    }

    /// Each is at last what was told of it, and something else when it was read.
    void whatWasReadBeforeItRestedIsToldThough()
    {
        write("second.so", good());
        _watched->wasRead({"second"}, {}, _now);
        fs::remove(_folder + "/second.so");
        assertSettles("-second");

        fs::rename(_folder + "/first.so", _root / "aside");
        _watched->wasRead({}, {"first"}, _now);
        fs::rename(_root / "aside", _folder + "/first.so");
        assertSettles("+first");

        write("first.ini", "a = b\n");
        readEvents();
        _now += Millis(100);
        _watched->wasRead({}, {}, _now);
        fs::remove(_folder + "/first.ini");
        assertSettles("+first");

        // It came and went before anybody looked.
        write("third.so", good());
        fs::remove(_folder + "/third.so");
        _watched->wasRead({"third"}, {}, _now);
        assertSettles("-third");
    }

    void whatRestsIsNotToldAgainByAReading()
    {
        write("second.so", good());
        assertSettles("+second");
        _watched->wasRead({"second"}, {}, _now);
        _watched->wasRead({}, {"first"}, _now);  // it is not enabled any more
        CPPUNIT_ASSERT(!_watched->deadline());
        write("third.so", good());
        _watched->wasRead({"third"}, {}, _now);
        assertSettles("+third");
    }

    void whatIsNotWholeIsWarnedOfOnceThoughItWasRead()
    {
        write("second.so", "");
        assertSettles("", 1);
        fs::permissions(_folder + "/second.so", fs::perms(0700));
        _watched->wasRead({}, {}, _now);
        assertSettles("");
        write("second.so", "no plugin\n");
        _watched->wasRead({}, {}, _now);
        assertSettles("", 1);
        write("second.so", good());
        assertSettles("+second");
    }

    void whatWasReadBeforeItRestedIsHandedOver()
    {
        write("second.so", good());
        _watched->wasRead({"second"}, {}, _now);
        fs::remove(_folder + "/second.so");
        readEvents();
        const PluginFolder::Told told = _watched->told();
        watch();
        _watched->knows(told, _now);
        assertSettles("-second");
    }

    void whatWasReadWithoutInotifyIsTold()
    {
        watchWithoutInotify();
        passLooks(2);
        (void)changes();
        write("second.so", good());
        _watched->wasRead({"second"}, {}, _now);
        fs::remove(_folder + "/second.so");
        fs::rename(_folder + "/first.so", _root / "aside");
        _watched->wasRead({}, {"first"}, _now);
        fs::rename(_root / "aside", _folder + "/first.so");
        passLooks(3);
        CPPUNIT_ASSERT_EQUAL(std::string("+first-second"), changes());
        passLooks(10);
        CPPUNIT_ASSERT_EQUAL(std::string(), changes());
    }

    void lostEventsAreMadeUpFor()
    {
        std::size_t limit = 0;
        std::ifstream("/proc/sys/fs/inotify/max_queued_events") >> limit;
        CPPUNIT_ASSERT(limit > 0 && limit < 1'000'000);
        write(".a", "");
        for (std::size_t i = 0; i <= limit / 2; ++i)
            fs::rename(_folder + (i % 2 == 0 ? "/.a" : "/.b"), _folder + (i % 2 == 0 ? "/.b" : "/.a"));
        write("late.so", good());
        fs::remove(_folder + "/first.so");
        assertSettles("-first+late");
    }

    void linkLedElsewhereIsReported()
    {
        for (const char* release : {"..1", "..2"})
        {
            fs::create_directory(_folder + '/' + release);
            write(std::string(release) + "/linked.so", good());
        }
        fs::create_symlink("..1", _folder + "/..data");
        fs::create_symlink("..data/linked.so", _folder + "/linked.so");
        assertSettles("+linked");
        fs::create_symlink("..2", _folder + "/..new");
        fs::rename(_folder + "/..new", _folder + "/..data");
        assertSettles("+linked");
    }

    void lostFolderStopsNothingAndIsFoundAgain()
    {
        fs::rename(_folder, _root / "old");
        assertSettles("", 1);
        fs::create_directory(_folder);
        write("other.so", good());
        assertSettles("+other");
        write("first.so", good());
        assertSettles("+first");
        fs::remove_all(_folder);
        settle();
        CPPUNIT_ASSERT(_changes.empty());
        assertSettles("", 1);
    }

    void folderThatAppearsLaterIsWatched()
    {
        fs::remove_all(_folder);
        watch();
        assertSettles("");
        fs::create_directory(_folder);
        assertSettles("");
        write("hello.so", good());
        assertSettles("+hello");
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(PluginFolderTest);

}  // namespace clustermanager::runtime::test
