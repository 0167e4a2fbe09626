/// Goal: `cmctl top` shows the children on a terminal, follows its keys and its size, and leaves in order.
/// Method: a pseudo-terminal that reads what is drawn and presses keys.
#include "HostFixture.h"

#include "Cmctl.h"

namespace {

using namespace clustermanager::integration;

class TopTest : public HostFixture
{
    CPPUNIT_TEST_SUITE(TopTest);
    CPPUNIT_TEST(showsTheChildrenAndQuits);
    CPPUNIT_TEST(restartsTheSelectedChildAfterAQuestion);
    CPPUNIT_TEST(followsItsSize);
    CPPUNIT_TEST(saysThatTheHostIsAway);
    CPPUNIT_TEST(needsATerminal);
    CPPUNIT_TEST_SUITE_END();

    const std::vector<std::string> _top{"top", "--socket=run/control.sock"};

    static void assertShows(CmctlOnTerminal& terminal, const std::string& text)
    {
        const bool shown = terminal.shows(text);
        CPPUNIT_ASSERT_MESSAGE("'" + text + "' is not in:\n" + terminal.written(), shown);
    }

public:
    void showsTheChildrenAndQuits()
    {
        actors(2);
        const StatusView view = startReady();
        CmctlOnTerminal terminal(path(""), _top);
        assertShows(terminal, "2/2 ready");
        assertShows(terminal, "RESTARTS");
        assertShows(terminal, std::to_string(view.child(1).pid));
        assertShows(terminal, std::to_string(view.child(2).pid));
        terminal.press("q");
        CPPUNIT_ASSERT_EQUAL(0, terminal.end());
        CPPUNIT_ASSERT_MESSAGE("the terminal is as it was",
                               terminal.written().find("\x1b[?1049l") != std::string::npos);
    }

    void restartsTheSelectedChildAfterAQuestion()
    {
        actors(2);
        restartFast();
        startReady();
        CmctlOnTerminal terminal(path(""), _top);
        assertShows(terminal, "2/2 ready");
        terminal.press("\x1bOB");  // down
        terminal.press("R");
        assertShows(terminal, "restart child 2?");
        terminal.press("n");
        terminal.press("R");
        terminal.press("y");
        assertShows(terminal, "child 2 was asked to stop");
        waitRestarts(2, 1);
        CPPUNIT_ASSERT_EQUAL(0U, status().child(1).restarts);
        terminal.press("q");
        CPPUNIT_ASSERT_EQUAL(0, terminal.end());
    }

    void followsItsSize()
    {
        actors(1);
        startReady();
        CmctlOnTerminal terminal(path(""), _top);
        assertShows(terminal, "q quit");
        terminal.forget();
        terminal.resize(12, 120);
        assertShows(terminal, "\x1b[12;1H");  // the keys stand in what is the last row now
        assertShows(terminal, "q quit");
        terminal.forget();
        terminal.resize(2, 20);
        assertShows(terminal, "q quit");
        terminal.press("q");
        CPPUNIT_ASSERT_EQUAL(0, terminal.end());
    }

    void saysThatTheHostIsAway()
    {
        actors(1);
        startReady();
        CmctlOnTerminal terminal(path(""), _top);
        assertShows(terminal, "1/1 ready");
        CPPUNIT_ASSERT_EQUAL(0, stop());
        assertShows(terminal, "cannot reach the host");
        terminal.press("q");
        CPPUNIT_ASSERT_EQUAL(0, terminal.end());
    }

    void needsATerminal()
    {
        actors(1);
        startReady();
        const CmctlRun run = runCmctl(path(""), _top);
        CPPUNIT_ASSERT_EQUAL(2, run.exitCode);
        CPPUNIT_ASSERT(run.output.find("top needs a terminal") != std::string::npos);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(TopTest);

}  // namespace
