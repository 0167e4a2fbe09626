/// Goal: a report says all that is known, as JSON and as one sentence, and what is not known is null.
/// Method: made-up crashes.
#include <Poco/JSON/Array.h>
#include <Poco/JSON/Parser.h>
#include <cppunit/extensions/HelperMacros.h>

#include <csignal>
#include <string>

#include "crash/CodeText.h"
#include "crash/Report.h"

namespace clustermanager::crash::test {

class ReportTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ReportTest);
    CPPUNIT_TEST(saysEverything);
    CPPUNIT_TEST(saysWhatIsNotKnown);
    CPPUNIT_TEST(oneOfARunMasterHasNoChild);
    CPPUNIT_TEST(theLastLinesAreKept);
    CPPUNIT_TEST(theSentenceBeginsInThePlugin);
    CPPUNIT_TEST(codesHaveWords);
    CPPUNIT_TEST(isReadAgain);
    CPPUNIT_TEST_SUITE_END();

    static CrashKnown known()
    {
        CrashKnown known;
        known.slot = ChildId{3};
        known.group = "hello";
        known.start = StartNumber{7};
        known.pid = 4711;
        known.generation = 2;
        known.plugin = "hello";
        known.version = "1.0";
        known.signal = SIGSEGV;
        known.at = WallTime(std::chrono::microseconds(1'700'000'000'123'456));
        known.uptime = Millis(1500);
        return known;
    }

    static link::Crashed crashed()
    {
        link::Crashed crashed;
        crashed.signal = SIGSEGV;
        crashed.code = SEGV_MAPERR;
        crashed.address = 0x10;
        crashed.thread = 4712;
        crashed.threadName = "worker";
        crashed.log = "first\nla\x1bst\n";
        return crashed;
    }

    static std::vector<NamedFrame> frames()
    {
        return {{0x7f01, "/lib/libc.so.6", "aa", 0x1, "raise", false},
                {0x7f12, "/p/hello.so", "bb", 0x2, "Foo::bar(int, char const*)", true},
                {0x7f13, "/p/hello.so", "bb", 0x3, "Foo::bar(int, char const*)", true},
                {0x7f14, "/p/hello.so", "bb", 0x4, "", true},
                {0x7f15, "/bin/host", "cc", 0x5, "main", false},
                {0x0, "", "", 0, "", false}};
    }

    void saysEverything()
    {
        const core::CrashReport report = makeReport(known(), crashed(), {frames()[1], frames()[5]});
        CPPUNIT_ASSERT_EQUAL(
            std::string("{\"id\":\"hello-3-7\",\"time\":\"2023-11-14T22:13:20.123456Z\",\"group\":\"hello\","
                        "\"child\":3,\"start\":7,\"pid\":4711,\"generation\":2,\"plugin\":\"hello\","
                        "\"version\":\"1.0\",\"signal\":\"SIGSEGV\","
                        "\"code\":\"SEGV_MAPERR: nothing is mapped at the address\",\"address\":\"0x10\","
                        "\"thread\":\"worker (4712)\",\"uptimeMs\":1500,\"frames\":["
                        "{\"address\":\"0x7f12\",\"module\":\"/p/hello.so\",\"buildId\":\"bb\","
                        "\"offset\":\"0x2\",\"function\":\"Foo::bar(int, char const*)\"},"
                        "{\"address\":\"0x0\",\"module\":null,\"buildId\":null,\"offset\":null,"
                        "\"function\":null}],\"log\":[\"first\",\"la?st\"]}"),
            report.json);
        CPPUNIT_ASSERT_EQUAL(std::string("hello-3-7"), report.id);
        CPPUNIT_ASSERT(report.child == ChildId{3});
    }

    void saysWhatIsNotKnown()
    {
        const core::CrashReport report = makeReport(known(), std::nullopt, {});
        CPPUNIT_ASSERT(report.json.find("\"code\":null,\"address\":null,\"thread\":null,\"uptimeMs\":1500,"
                                        "\"frames\":[],\"log\":[]}") != std::string::npos);
        CPPUNIT_ASSERT_EQUAL(
            std::string("child 3 (hello) crashed: SIGSEGV, where is not known; report hello-3-7"),
            sentence(known(), std::nullopt, {}));
    }

    void oneOfARunMasterHasNoChild()
    {
        CrashKnown master = known();
        master.slot = runMasterOf(GroupId{1});
        CPPUNIT_ASSERT_EQUAL(std::string("hello-master-7"), crashId(master));
        CPPUNIT_ASSERT(!makeReport(master, std::nullopt, {}).child);
        CPPUNIT_ASSERT_EQUAL(std::string("run_master (hello) crashed"),
                             sentence(master, std::nullopt, {}).substr(0, 26));
    }

    void theLastLinesAreKept()
    {
        link::Crashed chatty = crashed();
        chatty.log = "";
        for (int i = 1; i <= 60; ++i) chatty.log += "line " + std::to_string(i) + "\n";
        const auto all = Poco::JSON::Parser().parse(makeReport(known(), chatty, {}).json);
        const auto log = all.extract<Poco::JSON::Object::Ptr>()->getArray("log");
        CPPUNIT_ASSERT_EQUAL(std::size_t{50}, log->size());
        CPPUNIT_ASSERT_EQUAL(std::string("line 11"), log->getElement<std::string>(0));
        CPPUNIT_ASSERT_EQUAL(std::string("line 60"), log->getElement<std::string>(49));
    }

    void theSentenceBeginsInThePlugin()
    {
        CPPUNIT_ASSERT_EQUAL(
            std::string("child 3 (hello) crashed: SIGSEGV at 0x10 in Foo::bar() < hello.so+0x4 "
                        "< main; report hello-3-7"),
            sentence(known(), crashed(), frames()));
        link::Crashed sent = crashed();
        sent.code = SI_USER;
        CPPUNIT_ASSERT_EQUAL(
            std::string("child 3 (hello) crashed: SIGSEGV in raise() < main; report hello-3-7"),
            sentence(
                known(), sent,
                {{1, "/lib/libc.so.6", "", 1, "raise()", false}, {2, "/bin/host", "", 2, "main", false}}));
    }

    void codesHaveWords()
    {
        link::Crashed sent = crashed();
        sent.code = SI_USER;
        sent.sender = 99;
        CPPUNIT_ASSERT_EQUAL(std::string("SI_USER: sent by process 99"), codeText(sent));
        CPPUNIT_ASSERT(!hasAddress(sent));
        sent.code = 12'345;
        CPPUNIT_ASSERT_EQUAL(std::string("code 12345"), codeText(sent));
        sent.signal = SIGFPE;
        sent.code = FPE_INTDIV;
        CPPUNIT_ASSERT_EQUAL(std::string("FPE_INTDIV: an integer was divided by zero"), codeText(sent));
    }

    void isReadAgain()
    {
        const core::CrashReport report = makeReport(known(), crashed(), frames());
        const auto read = readReport(report.json);
        CPPUNIT_ASSERT(read.has_value());
        CPPUNIT_ASSERT_EQUAL(report.json, read->json);
        CPPUNIT_ASSERT_EQUAL(report.time, read->time);
        CPPUNIT_ASSERT_EQUAL(std::string("older"), renamed(report, "older").id);
        for (const char* none : {"", "[]", "{}", "{\"id\":1}", "7",
                                 R"({"id":"a","time":"b","group":"c","child":-1,"signal":"d"})"})
            CPPUNIT_ASSERT_MESSAGE(none, !readReport(none));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ReportTest);

}  // namespace clustermanager::crash::test
