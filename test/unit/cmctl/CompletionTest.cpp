/// Goal: the completion scripts are right by their shells' own judgement, and complete what there is.
/// Method: bash -n, zsh -n where there is a zsh, and bash itself asked to complete.

#include <unistd.h>

#include <array>
#include <cstdio>

#include <cppunit/extensions/HelperMacros.h>

#include "cmctl/Completion.h"
#include "unit/cmctl/FakeControl.h"

namespace clustermanager::cmctl {

using test::assertHas;

class CompletionTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(CompletionTest);
    CPPUNIT_TEST(bashReadsItsScript);
    CPPUNIT_TEST(zshReadsItsScript);
    CPPUNIT_TEST(bashCompletesCommandsOptionsAndChoices);
    CPPUNIT_TEST(bashAsksTheHostForNames);
    CPPUNIT_TEST_SUITE_END();

    TemporaryFolder _folder;

    /// What a shell command writes, with its exit code at the end.
    static std::string shell(const std::string& command)
    {
        FILE* pipe = ::popen((command + " 2>&1; echo \"=$?\"").c_str(), "r");
        CPPUNIT_ASSERT(pipe != nullptr);
        std::string text;
        std::array<char, 4096> part{};
        while (std::fgets(part.data(), part.size(), pipe) != nullptr) text += part.data();
        ::pclose(pipe);
        return text;
    }

    /// The words bash offers for the last of `words`.
    std::string complete(const std::string& words) const
    {
        const std::string script = _folder.write("bash", bashCompletion());
        const std::string program =
            _folder.write("cmctl", "#!/bin/sh\n[ \"$1\" = names ] && echo \"name-of-$2\"\n");
        CPPUNIT_ASSERT_EQUAL(std::string("=0\n"), shell("chmod +x " + program));
        const std::string driver = _folder.write(
            "driver", "compopt() { :; }\nsource " + script + "\nCOMP_WORDS=(" + program + " " + words +
                          ")\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n_cmctl\necho \"${COMPREPLY[*]}\"\n");
        return shell("bash --norc " + driver);
    }

public:
    void bashReadsItsScript()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("=0\n"),
                             shell("bash -n " + _folder.write("bash", bashCompletion())));
    }

    void zshReadsItsScript()
    {
        const std::string script = zshCompletion();
        assertHas(script, "#compdef cmctl\n");
        assertHas(script, "'--wait=[");
        if (::access("/usr/bin/zsh", X_OK) == 0)
            CPPUNIT_ASSERT_EQUAL(std::string("=0\n"), shell("zsh -n " + _folder.write("zsh", script)));
    }

    void bashCompletesCommandsOptionsAndChoices()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("status stop start\n=0\n"), complete("st"));
        CPPUNIT_ASSERT_EQUAL(std::string("--wait=\n=0\n"), complete("reload --w"));
        CPPUNIT_ASSERT_EQUAL(std::string("debug\n=0\n"), complete("log-level d"));
        CPPUNIT_ASSERT_EQUAL(std::string("always\n=0\n"), complete("status --color = al"));
        CPPUNIT_ASSERT_EQUAL(std::string("list show\n=0\n"), complete("--socket x crash ''"));
        assertHas(complete("stop --"), "--socket=");
    }

    void bashAsksTheHostForNames()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("name-of-all\n=0\n"), complete("status ''"));
        CPPUNIT_ASSERT_EQUAL(std::string("name-of-groups\n=0\n"), complete("reload --wait = 5s na"));
        CPPUNIT_ASSERT_EQUAL(std::string("name-of-children\n=0\n"), complete("log-level debug --child ''"));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(CompletionTest);

}  // namespace clustermanager::cmctl
