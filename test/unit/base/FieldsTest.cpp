/// Goal: what FieldWriter writes FieldReader reads, and nothing that is cut short or out of range passes.
/// Method: one struct with a member of every kind.

#include <cppunit/extensions/HelperMacros.h>

#include <string>

#include "base/Fields.h"
#include "base/Types.h"

namespace clustermanager::test {

namespace {

enum class Colour : std::uint8_t
{
    Red,
    Green,
    kLast = Green
};

struct Everything
{
    bool flag = false;
    int number = 0;
    Colour colour = Colour::Red;
    double real = 0;
    std::string text;
    std::optional<unsigned> maybe;
    std::pair<ChildId, bool> pair{};
    std::vector<std::string> list;
    std::set<StartNumber> set;
    std::map<std::string, int> map;
    std::unordered_map<ChildId, std::string> table;
    Millis span{0};
    TimePoint moment;
    HandedFd fd;

    template <class IO>
    void fields(IO& io)
    {
        io(flag);
        io(number);
        io(colour);
        io(real);
        io(text);
        io(maybe);
        io(pair);
        io(list);
        io(set);
        io(map);
        io(table);
        io(span);
        io(moment);
        io(fd);
    }
};

Everything sample()
{
    Everything all;
    all.flag = true;
    all.real = -0.1;
    all.number = -7;
    all.colour = Colour::Green;
    all.text = std::string("a\0b", 3);
    all.maybe = 9;
    all.pair = {ChildId{3}, true};
    all.list = {"x", ""};
    all.set = {StartNumber{2}, StartNumber{5}};
    all.map = {{"one", 1}, {"two", 2}};
    all.table = {{ChildId{8}, "eight"}};
    all.span = Millis{1500};
    all.moment = TimePoint(std::chrono::hours(3));
    all.fd.number = 11;
    return all;
}

Bytes written(const Everything& all)
{
    FieldWriter out;
    out(all);
    return out.take();
}

}  // namespace

class FieldsTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(FieldsTest);
    CPPUNIT_TEST(everyKindComesBack);
    CPPUNIT_TEST(descriptorsAreCollected);
    CPPUNIT_TEST(whatIsCutShortIsRefused);
    CPPUNIT_TEST(whatIsLeftOverIsRefused);
    CPPUNIT_TEST(enumsAreChecked);
    CPPUNIT_TEST(noKeyIsThereTwice);
    CPPUNIT_TEST(countsAreNotBelieved);
    CPPUNIT_TEST_SUITE_END();

    void everyKindComesBack()
    {
        const Bytes bytes = written(sample());
        FieldReader in(bytes.data(), bytes.size());
        Everything back;
        in(back);
        CPPUNIT_ASSERT_EQUAL(std::string(), in.finish());
        CPPUNIT_ASSERT(back.flag && back.number == -7 && back.colour == Colour::Green);
        CPPUNIT_ASSERT(back.text == sample().text && back.maybe == 9U && back.pair == sample().pair);
        CPPUNIT_ASSERT(back.list == sample().list && back.set == sample().set && back.map == sample().map);
        CPPUNIT_ASSERT(back.table == sample().table && back.span == sample().span);
        CPPUNIT_ASSERT(back.moment == sample().moment && back.fd.number == 11);
        CPPUNIT_ASSERT(written(back) == bytes);
    }

    void descriptorsAreCollected()
    {
        FieldWriter out;
        out(sample());
        out(HandedFd{});
        CPPUNIT_ASSERT(out.handed() == std::vector<int>{11});
    }

    void whatIsCutShortIsRefused()
    {
        const Bytes bytes = written(sample());
        for (std::size_t size = 0; size < bytes.size(); ++size)
        {
            FieldReader in(bytes.data(), size);
            Everything back;
            in(back);
            CPPUNIT_ASSERT(!in.finish().empty());
        }
    }

    void whatIsLeftOverIsRefused()
    {
        Bytes bytes = written(sample());
        bytes.push_back(0);
        FieldReader in(bytes.data(), bytes.size());
        Everything back;
        in(back);
        CPPUNIT_ASSERT_EQUAL(std::string("1 bytes too many"), in.finish());
    }

    void enumsAreChecked()
    {
        const Bytes bytes{2};
        FieldReader in(bytes.data(), bytes.size());
        Colour colour = Colour::Red;
        in(colour);
        CPPUNIT_ASSERT_EQUAL(std::string("value 2 is out of range"), in.finish());
        CPPUNIT_ASSERT(colour == Colour::Red);
    }

    void noKeyIsThereTwice()
    {
        FieldWriter out;
        out(std::vector<StartNumber>{StartNumber{4}, StartNumber{4}});
        const Bytes bytes = out.take();
        FieldReader in(bytes.data(), bytes.size());
        std::set<StartNumber> set;
        in(set);
        CPPUNIT_ASSERT_EQUAL(std::string("an element is there twice"), in.finish());
    }

    void countsAreNotBelieved()
    {
        const Bytes bytes{0xff, 0xff, 0xff, 0xff, 1};
        FieldReader in(bytes.data(), bytes.size());
        std::vector<std::string> list;
        in(list);
        CPPUNIT_ASSERT(in.finish() == "too short" && list.empty());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(FieldsTest);

}  // namespace clustermanager::test
