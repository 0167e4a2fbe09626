/// Goal: a wrong command line is told with what is wrong and what would be right, and is never half done.
/// Method: command lines as Poco hands them over, each with the sentence it must cause.

#include <cppunit/extensions/HelperMacros.h>

#include "cmctl/Invocation.h"
#include "unit/cmctl/FakeControl.h"

namespace clustermanager::cmctl {

using test::assertHas;

class InvocationTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(InvocationTest);
    CPPUNIT_TEST(anUnknownCommandHasTheNearestSuggested);
    CPPUNIT_TEST(anOptionOfAnotherCommandIsRefused);
    CPPUNIT_TEST(argumentsAreCounted);
    CPPUNIT_TEST(choicesAreChecked);
    CPPUNIT_TEST(numbersAndDurationsAreChecked);
    CPPUNIT_TEST(helpNeedsNoArguments);
    CPPUNIT_TEST(controlCharactersAreNotRepeated);
    CPPUNIT_TEST_SUITE_END();

    static std::string wrong(const std::vector<std::string>& words, const Invocation::Options& options = {})
    {
        return test::failureOf(ExitCode::Usage, [&] { (void)Invocation(words, options); });
    }

public:
    void anUnknownCommandHasTheNearestSuggested()
    {
        assertHas(wrong({"relaod"}), "no command 'relaod'; did you mean 'reload'?");
        assertHas(wrong({"statsu"}), "did you mean 'status'?");
        assertHas(wrong({"xyzzyplugh"}), "cmctl help");
        assertHas(wrong({}), "cmctl help");
        // What is for scripts of ours is not suggested.
        CPPUNIT_ASSERT(wrong({"nmaes"}).find("'names'") == std::string::npos);
    }

    void anOptionOfAnotherCommandIsRefused()
    {
        assertHas(wrong({"stop", "hello"}, {{"json", ""}}), "stop takes no --json (see cmctl stop --help)");
        const Invocation good({"stop", "hello"}, {{"wait", "5s"}, {"color", "never"}});
        CPPUNIT_ASSERT_EQUAL(std::string("hello"), good.argument(0));
        CPPUNIT_ASSERT_EQUAL(std::string(), good.argument(1));
    }

    void argumentsAreCounted()
    {
        assertHas(wrong({"restart"}), "something is missing: cmctl restart NAME|ID|all");
        assertHas(wrong({"scale", "hello"}), "cmctl scale NAME N");
        assertHas(wrong({"status", "a", "b"}), "'b' is too much");
        assertHas(wrong({"top", "x"}), "'x' is too much");
    }

    void choicesAreChecked()
    {
        assertHas(wrong({"log-level", "loud"}), "'loud' is none of trace, debug, info, warn, error, fatal");
        assertHas(wrong({"config", "eat"}), "'eat' is none of show, check, reload");
        assertHas(wrong({"status"}, {{"color", "maybe"}}), "--color 'maybe' is none of auto, always, never");
    }

    void numbersAndDurationsAreChecked()
    {
        const Invocation given({"logs"}, {{"lines", "50"}, {"timeout", "1500ms"}});
        CPPUNIT_ASSERT_EQUAL(std::int64_t{50}, given.number("lines", 20, 0, 100));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{20}, Invocation({"logs"}, {}).number("lines", 20, 0, 100));
        CPPUNIT_ASSERT(given.duration("timeout", std::chrono::minutes(1)) == Millis(1500));
        CPPUNIT_ASSERT(!given.duration("wait", std::chrono::minutes(1)));
        const auto fails = [](const std::function<void()>& part) {
            return test::failureOf(ExitCode::Usage, part);
        };
        assertHas(fails([&] { (void)given.number("lines", 20, 0, 10); }),
                  "--lines: '50' is not within 0..10");
        assertHas(fails([&] { (void)given.duration("timeout", Millis(100)); }), "--timeout:");
        assertHas(fails([] { (void)Invocation::parseNumber("N", "-3", 0, 5); }), "N: '-3'");
        assertHas(fails([] { (void)Invocation::parseNumber("N", "", 0, 5); }), "N: has no value");
    }

    void helpNeedsNoArguments()
    {
        CPPUNIT_ASSERT_EQUAL(std::string_view("restart"),
                             Invocation({"restart"}, {{"help", ""}}).command().name);
        CPPUNIT_ASSERT_EQUAL(std::string_view("help"), Invocation({}, {{"help", ""}}).command().name);
    }

    void controlCharactersAreNotRepeated() { assertHas(wrong({"sta\x1b[31mtus"}), "'sta\\x1b[31mtus'"); }
};

CPPUNIT_TEST_SUITE_REGISTRATION(InvocationTest);

}  // namespace clustermanager::cmctl
