/// Goal: every key takes what it should and nothing else, and says what it would take.
/// Method: for each row of the table its bounds, the values just outside, and garbage; then tables of
/// spellings.

#include <limits>

#include "config/OptionValue.h"
#include "unit/config/Loading.h"

namespace clustermanager::config {

using test::assertHas;

namespace {

std::string whyNot(const Option& option, const std::string& written)
{
    const auto parsed = parseOption(option, written);
    const auto* why = std::get_if<std::string>(&parsed);
    CPPUNIT_ASSERT_MESSAGE(std::string(option.name) + " took '" + written + "'", why != nullptr);
    return *why;
}

std::int64_t numberOf(const Option& option, const std::string& written)
{
    const auto parsed = parseOption(option, written);
    if (const auto* why = std::get_if<std::string>(&parsed))
        CPPUNIT_FAIL(std::string(option.name) + ": " + *why);
    return std::get<OptionValue>(parsed).number;
}

bool isNumber(const Option& option)
{
    return option.type == OptionType::Integer || option.type == OptionType::Size ||
           option.type == OptionType::Duration;
}

const Option& option(const char* name)
{
    return *findOption(name);
}

}  // namespace

class OptionValueTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(OptionValueTest);
    CPPUNIT_TEST(everyNumberTakesItsSmallestAndLargest);
    CPPUNIT_TEST(everyNumberRefusesWhatLiesOutsideAndNamesTheRange);
    CPPUNIT_TEST(everyNumberRefusesGarbage);
    CPPUNIT_TEST(everyKeyButAListRefusesAnEmptyValue);
    CPPUNIT_TEST(durationsTakeTheirUnits);
    CPPUNIT_TEST(sizesTakeTheirUnits);
    CPPUNIT_TEST(hugeNumbersDoNotOverflow);
    CPPUNIT_TEST(booleansHaveFourSpellingsOfEach);
    CPPUNIT_TEST(everyChoiceIsTakenAndAnyOtherIsRefusedWithTheNearest);
    CPPUNIT_TEST(aTokenNeeds16PrintableCharactersAndIsNeverShown);
    CPPUNIT_TEST(textRefusesControlCharactersAndTooMuch);
    CPPUNIT_TEST(everyValueIsWrittenAsItCanBeRead);
    CPPUNIT_TEST(listsAreSplitAtCommas);
    CPPUNIT_TEST_SUITE_END();

public:
    void everyNumberTakesItsSmallestAndLargest()
    {
        for (const Option& each : optionTable())
        {
            if (!isNumber(each)) continue;
            CPPUNIT_ASSERT_EQUAL(each.bounds.min, numberOf(each, std::to_string(each.bounds.min)));
            CPPUNIT_ASSERT_EQUAL(each.bounds.max, numberOf(each, std::to_string(each.bounds.max)));
            CPPUNIT_ASSERT_EQUAL(each.bounds.max, numberOf(each, shortNumber(each.type, each.bounds.max)));
            if (each.bounds.zeroToo) CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, numberOf(each, "0"));
        }
    }

    void everyNumberRefusesWhatLiesOutsideAndNamesTheRange()
    {
        for (const Option& each : optionTable())
        {
            if (!isNumber(each)) continue;
            for (const std::int64_t number : {each.bounds.min - 1, each.bounds.max + 1, std::int64_t{-1}})
                if (number != 0 || !each.bounds.zeroToo)
                    assertHas(whyNot(each, std::to_string(number)), "is not within " + boundsText(each));
        }
        CPPUNIT_ASSERT_EQUAL(std::string("'1000000000' is not within 0..10000"),
                             whyNot(option("count"), "1000000000"));
        CPPUNIT_ASSERT_EQUAL(std::string("'0' is not within 1ms..24h"),
                             whyNot(option("startTimeoutMs"), "0"));
        CPPUNIT_ASSERT_EQUAL(std::string("'1' is not within 0 or 4K..1000G"),
                             whyNot(option("logRotateSize"), "1"));
    }

    void everyNumberRefusesGarbage()
    {
        for (const Option& each : optionTable())
        {
            if (!isNumber(each)) continue;
            for (const char* garbage : {"abc", "-", "+1", "1.5", "1e3", "0x10", "1 0", "10 sec", "10sec",
                                        "5%", "1KB", "1,000", "\xd9\xa3", "NaN", "${x"})
                assertHas(whyNot(each, garbage), "is not a");
        }
        assertHas(whyNot(option("startTimeoutMs"), "10 sec"), "with ms, s, m or h (1ms..24h)");
    }

    void everyKeyButAListRefusesAnEmptyValue()
    {
        for (const Option& each : optionTable())
            if (each.type != OptionType::List) assertHas(whyNot(each, "  "), "has no value");
        CPPUNIT_ASSERT(std::holds_alternative<OptionValue>(parseOption(option("listen"), "")));
    }

    void durationsTakeTheirUnits()
    {
        const Option& timeout = option("startTimeoutMs");
        CPPUNIT_ASSERT_EQUAL(std::int64_t{250}, numberOf(timeout, "250"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{250}, numberOf(timeout, "250ms"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{10'000}, numberOf(timeout, " 10s "));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{60'000}, numberOf(timeout, "1m"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{7'200'000}, numberOf(timeout, "2H"));
        whyNot(timeout, "1d");
        whyNot(timeout, "1K");
        whyNot(option("count"), "1s");
    }

    void sizesTakeTheirUnits()
    {
        const Option& size = option("logRotateSize");
        CPPUNIT_ASSERT_EQUAL(std::int64_t{5'000}, numberOf(size, "5000"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{5'000}, numberOf(size, "5K"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{50'000'000}, numberOf(size, "50m"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{3'000'000'000}, numberOf(size, "3G"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2'147'483'648}, numberOf(size, "2147483648"));
        whyNot(size, "1T");
        whyNot(size, "1s");
    }

    void hugeNumbersDoNotOverflow()
    {
        for (const char* huge : {"99999999999G", "9223372036854775807", "9223372036854775808",
                                 "99999999999999999999999999", "-9223372036854775808G"})
            assertHas(whyNot(option("logRotateSize"), huge), "is not within");
        assertHas(whyNot(option("startTimeoutMs"), "9223372036854775807h"), "is not within");
        assertHas(whyNot(option("count"), "4294967297"), "is not within");
    }

    void booleansHaveFourSpellingsOfEach()
    {
        for (const char* yes : {"true", "yes", "on", "1", "TRUE", "Yes"})
            CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, numberOf(option("preload"), yes));
        for (const char* no : {"false", "no", "off", "0", "False"})
            CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, numberOf(option("preload"), no));
        for (const char* neither : {"2", "maybe", "truee", "t"})
            assertHas(whyNot(option("preload"), neither), "is neither true nor false");
    }

    void everyChoiceIsTakenAndAnyOtherIsRefusedWithTheNearest()
    {
        for (const Option& each : optionTable())
        {
            if (each.type != OptionType::Choice) continue;
            std::int64_t position = 0;
            for (const std::string_view choice : choicesOf(each))
                CPPUNIT_ASSERT_EQUAL(position++, numberOf(each, std::string(choice)));
            assertHas(whyNot(each, "qqqqqqqqqqqq"), "is none of " + boundsText(each));
        }
        CPPUNIT_ASSERT_EQUAL(
            std::string("'alway' is none of always, on-failure, never; did you mean 'always'?"),
            whyNot(option("restart"), "alway"));
    }

    void aTokenNeeds16PrintableCharactersAndIsNeverShown()
    {
        const Option& token = option("webServerToken");
        assertHas(whyNot(token, "fifteen-letters"), "at least 16 characters");
        const std::string why = whyNot(token, "sixteen letters and a space");
        CPPUNIT_ASSERT_MESSAGE(why, why.find("sixteen") == std::string::npos);
        const auto parsed = parseOption(token, "0123456789abcdef");
        CPPUNIT_ASSERT_EQUAL(std::string("***"), writeOption(token, std::get<OptionValue>(parsed)));
    }

    void textRefusesControlCharactersAndTooMuch()
    {
        assertHas(whyNot(option("logFolder"), "a\nb"), "'a?b' holds a control character");
        assertHas(whyNot(option("logFolder"), std::string(5000, 'x')), "is longer than 4095 characters");
        const std::string why = whyNot(option("count"), std::string(4000, 'x'));
        CPPUNIT_ASSERT_MESSAGE(why, why.size() < 200);
    }

    void everyValueIsWrittenAsItCanBeRead()
    {
        for (const Option& each : optionTable())
        {
            if (each.fallback.empty()) continue;
            const OptionValue value = std::get<OptionValue>(parseOption(each, each.fallback));
            const OptionValue again = std::get<OptionValue>(parseOption(each, writeOption(each, value)));
            CPPUNIT_ASSERT_EQUAL(value.number, again.number);
            CPPUNIT_ASSERT_EQUAL(value.text, again.text);
        }
    }

    void listsAreSplitAtCommas()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("a, b, c"), test::joined(splitList(" a ,b,, c,")));
        CPPUNIT_ASSERT(splitList(" , ").empty());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(OptionValueTest);

}  // namespace clustermanager::config
