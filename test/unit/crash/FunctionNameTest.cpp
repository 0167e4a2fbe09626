/// Goal: a person reads what the function is called in the source, and no name takes much time or memory.
/// Method: names as compilers make them, and one that says itself twice over and over.
#include <cppunit/extensions/HelperMacros.h>

#include <string>

#include "crash/FunctionName.h"

namespace clustermanager::crash::test {

class FunctionNameTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(FunctionNameTest);
    CPPUNIT_TEST(translates);
    CPPUNIT_TEST(leavesWhatIsNoMangledName);
    CPPUNIT_TEST(aNameThatExplodesStaysAsItIs);
    CPPUNIT_TEST(textIsPlain);
    CPPUNIT_TEST_SUITE_END();

    static void expect(const std::string& readable, const std::string& symbol)
    {
        CPPUNIT_ASSERT_EQUAL(readable, readableName(symbol));
    }

    void translates()
    {
        expect("Foo::bar(int)", "_ZN3Foo3barEi");
        expect("crash(std::string const&)", "_Z5crashRKNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE");
    }

    void leavesWhatIsNoMangledName()
    {
        expect("run_child", "run_child");
        expect("_Z", "_Z");
        expect("", "");
        CPPUNIT_ASSERT_EQUAL(std::size_t{512}, readableName(std::string(5'000, 'a')).size());
    }

    /// f(pair<A, A>, pair<pair<A, A>, pair<A, A>>, ...): twice as long with each of them.
    void aNameThatExplodesStaysAsItIs()
    {
        std::string name = "_Z1fSt4pairI1AS0_E";
        for (const char* id : {"1", "2", "3", "4", "5", "6", "7", "8", "9", "A", "B", "C", "D", "E", "F"})
            name += std::string("S_IS") + id + "_S" + id + "_E";
        expect(name, name);
    }

    void textIsPlain()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("a b?[31m?\xC3\xA4?"), plainText("a\tb\x1b[31m\n\xC3\xA4\xC3", 100));
        CPPUNIT_ASSERT_EQUAL(std::string("??"), plainText("\xC2\x9b", 100));
        CPPUNIT_ASSERT_EQUAL(std::string("ab"), plainText("abc", 2));
        CPPUNIT_ASSERT_EQUAL(std::string("\xF0\x9F\x98\x80???"),
                             plainText("\xF0\x9F\x98\x80\xF0\x9F\x98", 100));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(FunctionNameTest);

}  // namespace clustermanager::crash::test
