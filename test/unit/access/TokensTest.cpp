/// Goal: a token is known by its hash, with the role its line gives it, and a file that is wrong anywhere is
/// refused with the line, and without a word of what may be a secret. Method: lines written and read again,
/// each kind of fault in a file of several lines, secrets that are nearly right.
#include <cppunit/extensions/HelperMacros.h>

#include "access/Tokens.h"

namespace clustermanager::access {

class TokensTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(TokensTest);
    CPPUNIT_TEST(aLineComesBackAsItWasWritten);
    CPPUNIT_TEST(theSaltMakesTwoHashesOfOneToken);
    CPPUNIT_TEST(theHashIsThatOfSaltColonToken);
    CPPUNIT_TEST(findsTheOneWhoseSecretItIs);
    CPPUNIT_TEST(nearlyIsNotEnough);
    CPPUNIT_TEST(everyFaultNamesItsLine);
    CPPUNIT_TEST(aFileWithoutATokenIsWrong);
    CPPUNIT_TEST(randomTokensDiffer);
    CPPUNIT_TEST(knowsItsRoles);
    CPPUNIT_TEST_SUITE_END();

    static Tokens parsed(const std::string& text)
    {
        auto result = parseTokens(text);
        if (const auto* why = std::get_if<std::string>(&result)) CPPUNIT_FAIL(*why);
        return std::get<Tokens>(std::move(result));
    }

    static std::string problemOf(const std::string& text)
    {
        const auto result = parseTokens(text);
        const auto* why = std::get_if<std::string>(&result);
        return why == nullptr ? "" : *why;
    }

public:
    void aLineComesBackAsItWasWritten()
    {
        const Token ops = hashed("ops.team-1_x", Role::Operate, "0123456789abcdef");
        const Token view = hashed("view", Role::Read, "fedcba9876543210");
        const Tokens tokens =
            parsed("# who may\n\n  " + writeToken(ops) + "\r\n\t# and\n" + writeToken(view) + "\n");
        CPPUNIT_ASSERT(tokens == (Tokens{ops, view}));
    }

    void theSaltMakesTwoHashesOfOneToken()
    {
        const Token one = hashed("a", Role::Read, "0123456789abcdef");
        const Token two = hashed("a", Role::Read, "0123456789abcdef");
        CPPUNIT_ASSERT(one.salt != two.salt && one.digest != two.digest);
        CPPUNIT_ASSERT(writeToken(one).find("0123456789abcdef0") == std::string::npos);
    }

    /// printf '%s' '00112233445566778899aabbccddeeff:correct-horse-battery' | sha256sum
    void theHashIsThatOfSaltColonToken()
    {
        const Tokens tokens = parsed("a read sha256:00112233445566778899aabbccddeeff:"
                                     "a449a3a3365fbd731e01d1eb62f4bf306c6bd99f000aab55a10a97b8f3e6651e");
        CPPUNIT_ASSERT(find(tokens, "correct-horse-battery") != nullptr);
    }

    void findsTheOneWhoseSecretItIs()
    {
        const Tokens tokens{hashed("a", Role::Read, "secret-of-anna-01"),
                            hashed("b", Role::Operate, "secret-of-bert-01")};
        CPPUNIT_ASSERT_EQUAL(std::string("a"), find(tokens, "secret-of-anna-01")->name);
        CPPUNIT_ASSERT_EQUAL(std::string("b"), find(tokens, "secret-of-bert-01")->name);
        CPPUNIT_ASSERT(find({}, "secret-of-anna-01") == nullptr);
    }

    void nearlyIsNotEnough()
    {
        const Tokens tokens{hashed("a", Role::Read, "secret-of-anna-01")};
        for (const std::string& wrong :
             {std::string(), std::string("secret-of-anna-0"), std::string("secret-of-anna-012"),
              std::string("Secret-of-anna-01"), std::string("secret-of-anna-01\0", 18), tokens[0].digest,
              tokens[0].salt + ":secret-of-anna-01", std::string(kTokenMax + 1, 'x')})
            CPPUNIT_ASSERT_MESSAGE(wrong, find(tokens, wrong) == nullptr);
    }

    void everyFaultNamesItsLine()
    {
        const std::string good = writeToken(hashed("good", Role::Read, "0123456789abcdef"));
        const std::string salt(32, 'a');
        const std::string digest(64, 'b');
        const std::string secret = "my-plain-secret-token";
        for (const auto& [line, part] : std::vector<std::pair<std::string, std::string>>{
                 {"name", "is not NAME ROLE"},
                 {"name read", "is not NAME ROLE"},
                 {"name read " + secret, "is not sha256:SALT:HEX"},
                 {"name read plain:" + secret + ":" + secret, "is not sha256:SALT:HEX"},
                 {"name read sha256:" + salt, "is not sha256:SALT:HEX"},
                 {"name read sha256:" + salt + ":", "is not sha256:SALT:HEX"},
                 {"name read sha256::" + digest, "is not sha256:SALT:HEX"},
                 {"name read sha256:aa:" + digest, "is not sha256:SALT:HEX"},
                 {"name read sha256:" + salt + ":" + digest + "b", "is not sha256:SALT:HEX"},
                 {"name read sha256:" + salt + ":" + std::string(64, 'X'), "is not sha256:SALT:HEX"},
                 {"name read sha256:" + salt + ":" + digest + " " + secret, "is not NAME ROLE"},
                 {"name admin sha256:" + salt + ":" + digest, "the role must be read or operate"},
                 {"na/me read sha256:" + salt + ":" + digest, "the name must have"},
                 {std::string(65, 'n') + " read sha256:" + salt + ":" + digest, "the name must have"},
                 {"good operate sha256:" + salt + ":" + digest, "there is a token 'good' already"}})
        {
            const std::string problem = problemOf("# first\n" + good + "\n" + line + "\n" + good + "\n");
            CPPUNIT_ASSERT_MESSAGE(line + " -> " + problem, problem.find("line 3: ") == 0);
            CPPUNIT_ASSERT_MESSAGE(line + " -> " + problem, problem.find(part) != std::string::npos);
            CPPUNIT_ASSERT_MESSAGE(problem, problem.find(secret) == std::string::npos);
        }
        std::string many;
        for (std::size_t i = 0; i <= kMaxTokens; ++i)
            many += "n" + std::to_string(i) + " read sha256:" + salt + ":" + digest + "\n";
        CPPUNIT_ASSERT_EQUAL(std::string("line 65: there are more than 64"), problemOf(many));
    }

    void aFileWithoutATokenIsWrong()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("line 3: there is no token in it"), problemOf("# nobody\n\n"));
        CPPUNIT_ASSERT(!problemOf("").empty());
    }

    void randomTokensDiffer()
    {
        CPPUNIT_ASSERT_EQUAL(std::size_t{64}, randomToken().size());
        CPPUNIT_ASSERT(randomToken() != randomToken());
    }

    void knowsItsRoles()
    {
        for (const Role role : {Role::Read, Role::Operate}) CPPUNIT_ASSERT(roleByName(name(role)) == role);
        for (const char* other : {"", "Read", "admin", "reader"}) CPPUNIT_ASSERT(!roleByName(other));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(TokensTest);

}  // namespace clustermanager::access
