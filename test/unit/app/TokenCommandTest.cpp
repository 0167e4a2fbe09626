/// Goal: --hash-token makes a line that lets its token in, shows a token it made up once, and no other.
/// Method: the command on streams of the test's own.
#include "app/TokenCommand.h"

#include <cppunit/extensions/HelperMacros.h>

#include <sstream>

#include "access/Tokens.h"

namespace clustermanager::app::test {

class TokenCommandTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(TokenCommandTest);
    CPPUNIT_TEST(makesUpATokenAndShowsItOnce);
    CPPUNIT_TEST(hashesTheOneThatIsGiven);
    CPPUNIT_TEST(saysWhatItWants);
    CPPUNIT_TEST_SUITE_END();

    std::string _out;
    std::string _err;

    int run(const std::vector<std::string>& arguments, const std::string& input = "")
    {
        std::istringstream in(input);
        std::ostringstream out;
        std::ostringstream err;
        const int code = hashToken(arguments, in, out, err);
        _out = out.str();
        _err = err.str();
        return code;
    }

    access::Tokens tokens() const
    {
        auto parsed = access::parseTokens(_out);
        CPPUNIT_ASSERT_MESSAGE(_out, std::holds_alternative<access::Tokens>(parsed));
        return std::get<access::Tokens>(std::move(parsed));
    }

public:
    void makesUpATokenAndShowsItOnce()
    {
        CPPUNIT_ASSERT_EQUAL(0, run({"ops", "operate"}));
        const std::string token = _err.substr(_err.rfind(' ') + 1, 64);
        const access::Token* found = access::find(tokens(), token);
        CPPUNIT_ASSERT_MESSAGE(_err, found != nullptr);
        CPPUNIT_ASSERT(_out.find(token) == std::string::npos);
    }

    void hashesTheOneThatIsGiven()
    {
        CPPUNIT_ASSERT_EQUAL(0, run({"view", "read", "-"}, "a-token-of-my-own\r\nand more\n"));
        const access::Tokens all = tokens();
        const access::Token* found = access::find(all, "a-token-of-my-own");
        CPPUNIT_ASSERT(found != nullptr && found->name == "view" && found->role == access::Role::Read);
        CPPUNIT_ASSERT_EQUAL(std::string(), _err);
        CPPUNIT_ASSERT(_out.find("a-token-of-my-own") == std::string::npos);
    }

    void saysWhatItWants()
    {
        for (const std::vector<std::string>& arguments :
             std::vector<std::vector<std::string>>{{},
                                                   {"ops"},
                                                   {"ops", "admin"},
                                                   {"o ps", "read"},
                                                   {"ops", "read", "x"},
                                                   {"ops", "read", "-", "-"}})
        {
            CPPUNIT_ASSERT_EQUAL(64, run(arguments));
            CPPUNIT_ASSERT(_out.empty() && _err.find("NAME ROLE") != std::string::npos);
        }
        for (const std::string& input :
             {std::string(), std::string("short"), std::string("has a space in it, so no"),
              std::string(1000, 'x'), std::string("tab\tin-the-middle-of-it")})
        {
            CPPUNIT_ASSERT_EQUAL(65, run({"ops", "read", "-"}, input));
            CPPUNIT_ASSERT(_out.empty() && (input.empty() || _err.find(input) == std::string::npos));
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(TokenCommandTest);

}  // namespace clustermanager::app::test
