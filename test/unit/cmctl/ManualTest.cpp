/// Goal: the manual page is right by groff's own judgement, and holds every command and option.
/// Method: groff with all warnings, on the page and on a page of difficult text.

#include <array>
#include <cstdio>

#include <cppunit/extensions/HelperMacros.h>

#include "cmctl/CommandTable.h"
#include "cmctl/Help.h"
#include "cmctl/Invocation.h"
#include "manual/ManualPage.h"
#include "unit/cmctl/FakeControl.h"

namespace clustermanager::cmctl {

class ManualTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ManualTest);
    CPPUNIT_TEST(everyCommandAndOptionIsInThePage);
    CPPUNIT_TEST(difficultTextComesOutAsItWentIn);
    CPPUNIT_TEST_SUITE_END();

    /// As a terminal 200 columns wide would show it, with groff's warnings in front.
    static std::string formatted(const std::string& page)
    {
        const TemporaryFolder folder;
        const std::string file = folder.write("page", page);
        FILE* pipe =
            ::popen(("groff -man -Tascii -ww -P-cbou -rLL=200n -rHY=0 " + file + " 2>&1").c_str(), "r");
        CPPUNIT_ASSERT(pipe != nullptr);
        std::string text;
        std::array<char, 4096> part{};
        while (std::fgets(part.data(), part.size(), pipe) != nullptr) text += part.data();
        CPPUNIT_ASSERT_EQUAL(0, ::pclose(pipe));
        CPPUNIT_ASSERT_MESSAGE(text, text.find("warning") == std::string::npos);
        return text;
    }

public:
    void everyCommandAndOptionIsInThePage()
    {
        const std::string text = formatted(manualPage());
        for (const CommandRow& command : commandTable())
            if (!command.hidden) test::assertHas(text, usageOf(command));
        for (const OptionRow& option : optionTable()) test::assertHas(text, spelling(option));
    }

    void difficultTextComesOutAsItWentIn()
    {
        manual::ManualPage page("a-b", 1, "1.0", "it's a \"test\"");
        page.paragraph(".starts with a dot");
        page.paragraph("'quoted' and \\back ~tilde^ `tick`");
        page.item("-x, --long=\"Y\"", ".dot again");
        page.example("  two  spaces\n.dot\n'tick");
        const std::string text = formatted(page.text());
        for (const char* part :
             {"a-b - it's a \"test\"", ".starts with a dot", "'quoted' and \\back ~tilde^ `tick`",
              "-x, --long=\"Y\"", ".dot again", "  two  spaces\n", "'tick\n"})
            test::assertHas(text, part);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ManualTest);

}  // namespace clustermanager::cmctl
