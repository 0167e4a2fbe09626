#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>
#include <fcntl.h>

#include <utility>

#include "base/FileDescriptor.h"

namespace clustermanager {

/// Goal: a descriptor has one owner, and is closed once.
/// Method: real descriptors, asked from the kernel whether they are open.
class FileDescriptorTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(FileDescriptorTest);
    CPPUNIT_TEST(theOwnerCloses);
    CPPUNIT_TEST(movingLeavesNothingBehind);
    CPPUNIT_TEST(movingOntoItselfKeepsTheDescriptor);
    CPPUNIT_TEST(releasedMeansNotClosed);
    CPPUNIT_TEST_SUITE_END();

public:
    void theOwnerCloses()
    {
        int number = -1;
        {
            const FileDescriptor owner = openOne();
            number = owner.get();
            CPPUNIT_ASSERT(isOpen(number));
        }
        CPPUNIT_ASSERT(!isOpen(number));
    }

    void movingLeavesNothingBehind()
    {
        FileDescriptor first = openOne();
        FileDescriptor second = openOne();
        const int firstNumber = first.get();
        const int secondNumber = second.get();
        second = std::move(first);
        CPPUNIT_ASSERT_EQUAL(firstNumber, second.get());
        CPPUNIT_ASSERT(!isOpen(secondNumber));
        const FileDescriptor third(std::move(second));
        CPPUNIT_ASSERT_EQUAL(firstNumber, third.get());
        CPPUNIT_ASSERT(isOpen(firstNumber));
    }

    void movingOntoItselfKeepsTheDescriptor()
    {
        FileDescriptor owner = openOne();
        FileDescriptor& same = owner;
        owner = std::move(same);
        CPPUNIT_ASSERT(owner && isOpen(owner.get()));
    }

    void releasedMeansNotClosed()
    {
        FileDescriptor owner = openOne();
        const int number = owner.release();
        CPPUNIT_ASSERT(!owner);
        owner.reset();
        CPPUNIT_ASSERT(isOpen(number));
        owner.reset(number);
    }

private:
    static FileDescriptor openOne() { return FileDescriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC)); }
    static bool isOpen(int number) { return ::fcntl(number, F_GETFD) >= 0; }
};

CPPUNIT_TEST_SUITE_REGISTRATION(FileDescriptorTest);

}  // namespace clustermanager
