/// Goal: exit handlers run last to first, all of them, whatever one of them does.
/// Method: each handler leaves a letter.

#include <Poco/Exception.h>
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <stdexcept>
#include <string>

#include "plugin/ExitHandlers.h"

using namespace clustermanager::plugin;

namespace {

std::string trace;
ExitHandlers* current = nullptr;

void leaveLetter(void* letter)
{
    trace += static_cast<const char*>(letter);
}

void* letter(const char* text)
{
    return const_cast<char*>(text);
}

}  // namespace

class ExitHandlersTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ExitHandlersTest);
    CPPUNIT_TEST(theyRunLastToFirstAndOnce);
    CPPUNIT_TEST(oneThatThrowsIsReportedAndTheOthersRun);
    CPPUNIT_TEST(oneMayAddAnother);
    CPPUNIT_TEST(oneThatAddsItselfForEverEnds);
    CPPUNIT_TEST_SUITE_END();

    ExitHandlers _handlers;
    std::string _reports;

    void run()
    {
        _handlers.run([this](const std::string& problem) { _reports += problem + ";"; });
    }

public:
    void setUp() override
    {
        trace.clear();
        current = &_handlers;
    }

private:
    void theyRunLastToFirstAndOnce()
    {
        for (const char* text : {"a", "b", "c"}) CPPUNIT_ASSERT(_handlers.add(&leaveLetter, letter(text)));
        run();
        run();
        CPPUNIT_ASSERT_EQUAL(std::string("cba"), trace);
        CPPUNIT_ASSERT_EQUAL(std::string(), _reports);
    }

    void oneThatThrowsIsReportedAndTheOthersRun()
    {
        _handlers.add(&leaveLetter, letter("a"));
        _handlers.add([](void*) { throw std::runtime_error("boom"); }, nullptr);
        _handlers.add([](void*) { throw Poco::NotFoundException("key"); }, nullptr);
        _handlers.add([](void*) { throw 7; }, nullptr);
        _handlers.add(&leaveLetter, letter("b"));
        run();
        CPPUNIT_ASSERT_EQUAL(std::string("ba"), trace);
        CPPUNIT_ASSERT_EQUAL(
            std::string("int;Poco::NotFoundException: Not found: key;std::runtime_error: boom;"), _reports);
    }

    void oneMayAddAnother()
    {
        _handlers.add([](void*) { current->add(&leaveLetter, letter("later")); }, nullptr);
        run();
        CPPUNIT_ASSERT_EQUAL(std::string("later"), trace);
    }

    static void addAgain(void*)
    {
        trace += ".";
        current->add(&addAgain, nullptr);
    }

    void oneThatAddsItselfForEverEnds()
    {
        _handlers.add(&addAgain, nullptr);
        run();
        CPPUNIT_ASSERT_EQUAL(ExitHandlers::kHandlersMax, trace.size());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ExitHandlersTest);
