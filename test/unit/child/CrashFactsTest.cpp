/// Goal: what the handler of a deadly signal writes is what the codec would have written, and fits.
/// Method: facts, from none to as many as there is room for, encoded here and decoded by the codec.
#include <cppunit/extensions/HelperMacros.h>

#include <memory>
#include <string>

#include "child/CrashFacts.h"
#include "link/Codec.h"

namespace clustermanager::child::test {

class CrashFactsTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(CrashFactsTest);
    CPPUNIT_TEST(noFactsArePacket);
    CPPUNIT_TEST(asManyAsThereIsRoomFor);
    CPPUNIT_TEST(countsThatLieAreBounded);
    CPPUNIT_TEST_SUITE_END();

    std::unique_ptr<CrashFacts> _facts = std::make_unique<CrashFacts>();  // too large for a stack

    link::Crashed decoded() const
    {
        const auto packet = std::make_unique<CrashPacket>();
        const std::size_t size = encode(*_facts, *packet);
        auto result = link::decode<link::FromChild>(packet->data(), size);
        CPPUNIT_ASSERT(std::holds_alternative<link::FromChild>(result));
        const auto& message = std::get<link::FromChild>(result);
        CPPUNIT_ASSERT(link::encode(message) == link::Bytes(packet->data(), packet->data() + size));
        return std::get<link::Crashed>(message);
    }

    template <std::size_t Size>
    static void fill(CrashFacts::Text<Size>& text)
    {
        text.bytes.fill('x');
        text.size = Size;
    }

    void noFactsArePacket()
    {
        const link::Crashed crashed = decoded();
        CPPUNIT_ASSERT(crashed.frames.empty() && crashed.modules.empty() && crashed.log.empty());
    }

    void asManyAsThereIsRoomFor()
    {
        _facts->signal = 11;
        _facts->code = -6;
        _facts->sender = 99;
        _facts->address = 0xfedc'ba98'7654'3210;
        _facts->thread = 4711;
        fill(_facts->threadName);
        fill(_facts->log);
        for (CrashFacts::Module& module : _facts->modules)
        {
            fill(module.path);
            fill(module.buildId);
            module.base = 0x7000'0000'0000;
        }
        _facts->moduleCount = CrashFacts::kModulesMax;
        for (link::CrashFrame& frame : _facts->frames) frame = {0x7000'0000'1234, true, 3};
        _facts->frameCount = CrashFacts::kFramesMax;

        const link::Crashed crashed = decoded();
        CPPUNIT_ASSERT_EQUAL(11, crashed.signal);
        CPPUNIT_ASSERT_EQUAL(-6, crashed.code);
        CPPUNIT_ASSERT_EQUAL(99, crashed.sender);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0xfedc'ba98'7654'3210}, crashed.address);
        CPPUNIT_ASSERT_EQUAL(4711, crashed.thread);
        CPPUNIT_ASSERT_EQUAL(std::string(16, 'x'), crashed.threadName);
        CPPUNIT_ASSERT_EQUAL(CrashFacts::kModulesMax, crashed.modules.size());
        CPPUNIT_ASSERT_EQUAL(std::string(256, 'x'), crashed.modules.back().path);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0x7000'0000'0000}, crashed.modules.back().base);
        CPPUNIT_ASSERT_EQUAL(CrashFacts::kFramesMax, crashed.frames.size());
        CPPUNIT_ASSERT(crashed.frames.back().exact && crashed.frames.back().module == 3);
        CPPUNIT_ASSERT_EQUAL(std::size_t{8'192}, crashed.log.size());
    }

    /// The process is damaged when it counts.
    void countsThatLieAreBounded()
    {
        _facts->frameCount = _facts->moduleCount = _facts->log.size = _facts->threadName.size =
            ~std::size_t{0};
        CPPUNIT_ASSERT_EQUAL(CrashFacts::kFramesMax, decoded().frames.size());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(CrashFactsTest);

}  // namespace clustermanager::child::test
