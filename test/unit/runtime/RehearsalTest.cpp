/// Goal: a program that is to take over is asked whether it can, and believed only where it says so.
/// Method: shell scripts in its place.

#include <cppunit/extensions/HelperMacros.h>

#include <fcntl.h>

#include <cstdlib>
#include <string>

#include "runtime/HandoverRole.h"
#include "runtime/Rehearsal.h"
#include "unit/runtime/Waiting.h"

namespace clustermanager::runtime::test {

class RehearsalTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(RehearsalTest);
    CPPUNIT_TEST(whatItSaysIsHeard);
    CPPUNIT_TEST(whatIsNoAnswerIsNone);
    CPPUNIT_TEST(whatCannotBeStartedIsTold);
    CPPUNIT_TEST(rolesComeBackAsTheyWereTold);
    CPPUNIT_TEST(whatIsNoRoleIsNone);
    CPPUNIT_TEST_SUITE_END();

    FileDescriptor _state{::open("/dev/null", O_RDONLY | O_CLOEXEC)};

    Rehearsal::Verdict verdictOf(const std::string& script)
    {
        // "r:STATE:ANSWER:": the third part is where to write.
        const std::string prologue = "IFS=: read -r kind state answer rest <<< \"$CM_HANDOVER\"; ";
        Rehearsal rehearsal("/bin/bash", {"bash", "-c", prologue + script}, _state, Clock::now());
        std::optional<Rehearsal::Verdict> verdict;
        await("a verdict", [&] { return (verdict = rehearsal.receive()).has_value(); });
        return *verdict;
    }

    void whatItSaysIsHeard()
    {
        const Rehearsal::Verdict good =
            verdictOf("[ $kind = r ] && cat <&$state && echo -n good 2.0 >&$answer");
        CPPUNIT_ASSERT(good.good && good.text == "2.0");
        const Rehearsal::Verdict bad = verdictOf("echo -n bad format 7 >&$answer");
        CPPUNIT_ASSERT(!bad.good && bad.text == "format 7");
    }

    void whatIsNoAnswerIsNone()
    {
        for (const char* script : {"exit 0", "kill -SEGV $$", "echo hello >&$answer", "yes >&$answer"})
            CPPUNIT_ASSERT_MESSAGE(script, !verdictOf(script).good);
    }

    void whatCannotBeStartedIsTold()
    {
        Rehearsal rehearsal("/nowhere/host", {"host"}, _state, Clock::now());
        std::optional<Rehearsal::Verdict> verdict;
        await("a verdict", [&] { return (verdict = rehearsal.receive()).has_value(); });
        CPPUNIT_ASSERT(!verdict->good);
        CPPUNIT_ASSERT_EQUAL(std::string("it cannot be started: No such file or directory"), verdict->text);
    }

    static std::optional<HandoverRole> taken(const std::string& variable)
    {
        const std::string text = variable.substr(variable.find('=') + 1);
        (void)::setenv("CM_HANDOVER", text.c_str(), 1);
        std::optional<HandoverRole> role = HandoverRole::take();
        CPPUNIT_ASSERT(::getenv("CM_HANDOVER") == nullptr);
        return role;
    }

    void rolesComeBackAsTheyWereTold()
    {
        for (const auto kind :
             {HandoverRole::Kind::Rehearse, HandoverRole::Kind::TakeOver, HandoverRole::Kind::GoBack})
        {
            HandoverRole role;
            role.kind = kind;
            role.state = handed(_state);
            role.other.number = 1;
            role.reason = "a: b";
            const std::optional<HandoverRole> back = taken(role.variable());
            CPPUNIT_ASSERT(back && back->kind == kind && back->reason == "a: b");
            CPPUNIT_ASSERT(back->state.number == _state.get() && back->other.number == 1);
        }
    }

    void whatIsNoRoleIsNone()
    {
        CPPUNIT_ASSERT(!HandoverRole::take());
        for (const char* text :
             {"", "r", "r:", "x:0:1:", "r:0:", "r:0:1000000:", "r:1000000:1:", "r:-1:1:", "r:a:b:"})
            CPPUNIT_ASSERT_MESSAGE(text, !taken(std::string("CM_HANDOVER=") + text));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RehearsalTest);

}  // namespace clustermanager::runtime::test
