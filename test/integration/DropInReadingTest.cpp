/// Goal: whatever a reading of the configuration took from the watched folder before it had come to rest, the
/// groups are at last those of the files that are there.
/// Method: files come and go right around a reading, an operator's or the one that another plugin caused.
#include "DropInFixture.h"

#include <filesystem>
#include <functional>

namespace {

using namespace clustermanager::integration;

class DropInReadingTest : public DropInFixture
{
    CPPUNIT_TEST_SUITE(DropInReadingTest);
    CPPUNIT_TEST(aPluginThatWasTakenAtOnceCanBeRemovedAtOnce);
    CPPUNIT_TEST(aPluginThatWasFoundMissingComesBack);
    CPPUNIT_TEST(aPluginThatAnotherOnesReadingTookCanBeRemoved);
    CPPUNIT_TEST(aSettingThatWasReadForAMomentIsTakenBack);
    CPPUNIT_TEST(whatIsDroppedWhileTheHostStartsIsTaken);
    CPPUNIT_TEST(aSettingWrittenWhileTheHostStartsIsTaken);
    CPPUNIT_TEST(whatIsRemovedWhileTheHostStartsIsStopped);
    CPPUNIT_TEST(whatIsNoPluginIsToldOfWhenTheHostHasStarted);
    CPPUNIT_TEST_SUITE_END();

    void reload(const std::string& change) const
    {
        const HttpAnswer answer = post("/config/reload");
        CPPUNIT_ASSERT_MESSAGE(answer.body, answer.status < 300);
        CPPUNIT_ASSERT_MESSAGE(answer.body, answer.body.find(change) != std::string::npos);
    }

    /// A plugin takes its time to load: the configuration has been read, and the folder is not watched yet.
    void startWhile(const std::function<void()>& change)
    {
        descriptorsMayGrow();
        program(CM_FAULTY_BINARY);
        environment("CM_FAULTS", path("faults"));
        std::filesystem::create_directory(path("faults"));
        const std::string point = path("faults/spawner.loaded");
        writeFile(point, "hang");
        start();
        CPPUNIT_ASSERT(waitFor([&] { return exists(point + ".hangs"); }));
        change();
        writeFile(point + ".go", "");
    }

public:
    void aPluginThatWasTakenAtOnceCanBeRemovedAtOnce()
    {
        descriptorsMayGrow();
        startReady();
        moveIn("actor", "second.so");
        reload("group second: added");
        remove("second.so");
        waitNoGroup("second");
        CPPUNIT_ASSERT(status().hasGroup("first"));
    }

    void aPluginThatWasFoundMissingComesBack()
    {
        descriptorsMayGrow();
        moveIn("actor", "second.so");
        startReady();
        std::filesystem::rename(dropped("second.so"), path("aside"));
        reload("group second: removed");
        std::filesystem::rename(path("aside"), dropped("second.so"));
        waitStatus(
            [](const StatusView& s) {
                return s.hasGroup("second") && s.allReady() &&
                       s.group("second")->getValue<std::string>("state") == "running";
            },
            "second should run again");
    }

    void aPluginThatAnotherOnesReadingTookCanBeRemoved()
    {
        descriptorsMayGrow();
        startReady();
        moveIn("actor", "second.so");
        moveIn("actor", "third.so");
        // Somebody is busy with it, so it does not come to rest before the other one is read.
        unsigned looks = 0;
        waitStatus(
            [&](const StatusView& s) {
                std::filesystem::permissions(dropped("third.so"),
                                             std::filesystem::perms(++looks % 2 == 0 ? 0500 : 0700));
                return s.hasGroup("third");
            },
            "third should be taken with second");
        remove("third.so");
        waitNoGroup("third");
        waitGroup("second");
        CPPUNIT_ASSERT_EQUAL(1u, saidTimes("plugins: 'third' has changed"));
    }

    void aSettingThatWasReadForAMomentIsTakenBack()
    {
        startReady();
        descriptorsMayGrow();
        writeFile(path("aside"), sideText(3));
        std::filesystem::rename(dropped("first.properties"), path("before"));
        std::filesystem::rename(path("aside"), dropped("first.properties"));
        reload("group first: scaled to 3");
        std::filesystem::rename(path("before"), dropped("first.properties"));
        waitStatus([](const StatusView& s) { return s.pidsOf("first").size() == 2 && s.allReady(); },
                   "first should have two children again");
    }

    void whatIsDroppedWhileTheHostStartsIsTaken()
    {
        startWhile([this] { moveIn("actor", "second.so"); });
        waitGroup("second");
        waitGroup("first");
    }

    void aSettingWrittenWhileTheHostStartsIsTaken()
    {
        startWhile([this] { writeFile(dropped("first.properties"), sideText(3)); });
        waitStatus([](const StatusView& s) { return s.pidsOf("first").size() == 3 && s.allReady(); },
                   "first should have three children");
    }

    void whatIsRemovedWhileTheHostStartsIsStopped()
    {
        moveIn("actor", "second.so");
        startWhile([this] { remove("second.so"); });
        waitGroup("first");
        waitNoGroup("second");
    }

    void whatIsNoPluginIsToldOfWhenTheHostHasStarted()
    {
        startWhile([this] { writeFile(dropped("junk.so"), "no plugin\n"); });
        waitOutput("junk.so': ");
        waitGroup("first");
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(DropInReadingTest);

}  // namespace
