/// Goal: only what is one JSON value passes as a child's status.
/// Method: good and bad texts, the bad ones each with one mistake; every prefix of a good one is bad.

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <string>

#include "child/JsonSyntax.h"

using clustermanager::child::isJson;

class JsonSyntaxTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(JsonSyntaxTest);
    CPPUNIT_TEST(valuesAreTaken);
    CPPUNIT_TEST(mistakesAreNot);
    CPPUNIT_TEST(noPrefixIsTaken);
    CPPUNIT_TEST(depthIsLimited);
    CPPUNIT_TEST_SUITE_END();

    void valuesAreTaken()
    {
        for (const char* good : {"{}", "[]", " 1 ", "-0.5e+3", "0", "true", "false", "null", "\"\"",
                                 "\"\\u00e9\\n\"", "{\"a\":[1,2,{\"b\":null}],\"c\":\"d\"}", "[ 1 , 2 ]\n"})
            CPPUNIT_ASSERT_MESSAGE(good, isJson(good));
    }

    void mistakesAreNot()
    {
        for (const char* bad : {"",     " ",     "{",          "]",   "{a:1}",   "{\"a\"}",     "{\"a\":}",
                                "[1,]", "[1 2]", "{\"a\":1,}", "01",  "1.",      ".5",          "+1",
                                "1e",   "nul",   "truee",      "\"",  "\"\\x\"", "\"\\u12g4\"", "\"a\nb\"",
                                "1 2",  "{} {}", "'a'",        "NaN", "//\n1"})
            CPPUNIT_ASSERT_MESSAGE(bad, !isJson(bad));
    }

    void noPrefixIsTaken()
    {
        const std::string good = "{\"name\":[true,null,\"x\\u00e9y\",{\"z\":-1.5e3}]}";
        CPPUNIT_ASSERT(isJson(good));
        for (std::size_t i = 0; i < good.size(); ++i) CPPUNIT_ASSERT(!isJson(good.substr(0, i)));
    }

    void depthIsLimited()
    {
        CPPUNIT_ASSERT(isJson(std::string(64, '[') + std::string(64, ']')));
        CPPUNIT_ASSERT(!isJson(std::string(100, '[') + std::string(100, ']')));
        CPPUNIT_ASSERT(!isJson(std::string(30'000, '[')));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(JsonSyntaxTest);
