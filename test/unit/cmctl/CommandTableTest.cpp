/// Goal: the one table is sound, and every command's help comes from it with an example.
/// Method: each row is checked against the others; the texts are searched for every name.

#include <fstream>
#include <set>
#include <sstream>

#include <cppunit/extensions/HelperMacros.h>

#include "cmctl/CommandTable.h"
#include "cmctl/Help.h"
#include "cmctl/Invocation.h"
#include "unit/cmctl/FakeControl.h"

namespace clustermanager::cmctl {

using test::assertHas;

class CommandTableTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(CommandTableTest);
    CPPUNIT_TEST(everyNameAndLetterIsThereOnce);
    CPPUNIT_TEST(everyOptionOfACommandExists);
    CPPUNIT_TEST(everyOptionBelongsSomewhere);
    CPPUNIT_TEST(everyCommandsHelpHasItsOptionsAndAnExampleOfIt);
    CPPUNIT_TEST(theGeneralHelpNamesEveryCommandAndExitCode);
    CPPUNIT_TEST(theReadmesTableIsTheTablesText);
    CPPUNIT_TEST_SUITE_END();

public:
    void everyNameAndLetterIsThereOnce()
    {
        std::set<std::string_view> names;
        std::set<char> letters;
        for (const CommandRow& command : commandTable())
        {
            CPPUNIT_ASSERT_MESSAGE(std::string(command.name), names.insert(command.name).second);
            CPPUNIT_ASSERT(findCommand(command.name) == &command);
            CPPUNIT_ASSERT(command.run != nullptr);
        }
        names.clear();
        for (const OptionRow& option : optionTable())
        {
            CPPUNIT_ASSERT_MESSAGE(std::string(option.name), names.insert(option.name).second);
            if (option.letter != '\0')
                CPPUNIT_ASSERT_MESSAGE(std::string(option.name), letters.insert(option.letter).second);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(std::string(option.name), '.', option.text.back());
        }
        CPPUNIT_ASSERT(findCommand("nothing") == nullptr && findOption("nothing") == nullptr);
    }

    void everyOptionOfACommandExists()
    {
        for (const CommandRow& command : commandTable())
            for (const std::string_view name : command.options)
            {
                const OptionRow* option = findOption(name);
                CPPUNIT_ASSERT_MESSAGE(std::string(name), option != nullptr && !option->everywhere);
            }
    }

    void everyOptionBelongsSomewhere()
    {
        std::set<std::string_view> used;
        for (const CommandRow& command : commandTable())
            used.insert(command.options.begin(), command.options.end());
        for (const OptionRow& option : optionTable())
            CPPUNIT_ASSERT_MESSAGE(std::string(option.name),
                                   option.everywhere || used.count(option.name) == 1);
    }

    void everyCommandsHelpHasItsOptionsAndAnExampleOfIt()
    {
        for (const CommandRow& command : commandTable())
        {
            const std::string help = commandHelp(command);
            assertHas(help, "usage: " + usageOf(command));
            assertHas(help, "Example:\n  ");
            assertHas(std::string(command.example), "cmctl " + std::string(command.name));
            for (const std::string_view name : command.options) assertHas(help, spelling(*findOption(name)));
        }
    }

    void theGeneralHelpNamesEveryCommandAndExitCode()
    {
        const std::string help = generalHelp();
        for (const CommandRow& command : commandTable())
        {
            const bool named = help.find("\n  " + std::string(command.name) + " ") != std::string::npos;
            CPPUNIT_ASSERT_EQUAL_MESSAGE(std::string(command.name), !command.hidden, named);
        }
        for (const ExitCodeRow& row : kExitCodes)
            assertHas(help, std::to_string(static_cast<int>(row.code)) + " " + std::string(row.meaning));
    }

    void theReadmesTableIsTheTablesText()
    {
        std::ostringstream readme;
        readme << std::ifstream(std::string(CM_SOURCE_FOLDER) + "/README.md").rdbuf();
        std::string table = "| command | does |\n| --- | --- |\n";
        for (const CommandRow& command : commandTable())
        {
            if (command.hidden) continue;
            std::string words = usageOf(command).substr(std::string("cmctl ").size());
            for (std::size_t at = 0; (at = words.find('|', at)) != std::string::npos; at += 2)
                words.insert(at, "\\");
            table += "| `" + words + "` | " + std::string(command.summary) + " |\n";
        }
        assertHas(readme.str(), table);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(CommandTableTest);

}  // namespace clustermanager::cmctl
