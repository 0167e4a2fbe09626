/// Goal: a misspelled word finds the word that was meant, and nonsense finds none.
/// Method: pairs of words with their known distance, and words against the real keys.

#include <cppunit/extensions/HelperMacros.h>

#include "config/NearestKey.h"

namespace clustermanager::config {

class NearestKeyTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(NearestKeyTest);
    CPPUNIT_TEST(distanceCountsTheChangedLetters);
    CPPUNIT_TEST(upperAndLowerCaseAreTheSame);
    CPPUNIT_TEST(theNearestWordWithinReachIsFound);
    CPPUNIT_TEST(nothingIsSuggestedForNonsense);
    CPPUNIT_TEST(hugeWordsAreCut);
    CPPUNIT_TEST_SUITE_END();

public:
    void distanceCountsTheChangedLetters()
    {
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, editDistance("count", "count"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, editDistance("cout", "count"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, editDistance("counts", "count"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, editDistance("cuont", "count"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, editDistance("kitten", "sitting"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{5}, editDistance("", "count"));
    }

    void upperAndLowerCaseAreTheSame()
    {
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, editDistance("COUNT", "count"));
    }

    void theNearestWordWithinReachIsFound()
    {
        const std::vector<std::string> known{"count", "restart", "spares"};
        CPPUNIT_ASSERT(nearestKey("spare", known, 2) == "spares");
        CPPUNIT_ASSERT(nearestKey("Restart", known, 2) == "restart");
        CPPUNIT_ASSERT(!nearestKey("path", known, 2));
        CPPUNIT_ASSERT_EQUAL(std::string("; did you mean 'count'?"), didYouMean("conut", known));
    }

    void nothingIsSuggestedForNonsense()
    {
        CPPUNIT_ASSERT_EQUAL(std::string(), didYouMean("xyzzyplugh", {"count", "restart"}));
        CPPUNIT_ASSERT_EQUAL(std::string(), didYouMean("anything", {}));
    }

    void hugeWordsAreCut()
    {
        const std::string huge(1'000'000, 'a');
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, editDistance(huge, huge + "b"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{64}, editDistance(huge, ""));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(NearestKeyTest);

}  // namespace clustermanager::config
