/// Goal: memory that is to be given back is.
/// Method: the capacity of a text that had some.

#include <cppunit/extensions/HelperMacros.h>

#include "base/GiveBack.h"

namespace clustermanager {

class GiveBackTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(GiveBackTest);
    CPPUNIT_TEST(aTextHasNoRoomLeft);
    CPPUNIT_TEST_SUITE_END();

public:
    void aTextHasNoRoomLeft()
    {
        std::string text(70'000, 'x');
        giveBack(text);
        CPPUNIT_ASSERT(text.empty());
        CPPUNIT_ASSERT_EQUAL(std::string().capacity(), text.capacity());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(GiveBackTest);

}  // namespace clustermanager
