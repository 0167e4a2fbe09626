#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <limits>
#include <random>

#include "link/Codec.h"
#include "unit/link/Samples.h"

namespace clustermanager::link {

/// Goal: what is encoded is decoded as it was, and bytes that no encoder wrote are refused.
/// Method: samples of every message, cut, lengthened and altered in every place; seeded random packets.
class CodecTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(CodecTest);
    CPPUNIT_TEST(everyMessageComesBackAsItWas);
    CPPUNIT_TEST(theBytesAreTheDocumentedOnes);
    CPPUNIT_TEST(everyCutIsTooShortAndEveryAdditionTooLong);
    CPPUNIT_TEST(whatIsAcceptedIsWrittenBackByteForByte);
    CPPUNIT_TEST(anotherVersionOrTypeIsNamed);
    CPPUNIT_TEST(enumsAndBoolsOutOfRangeAreRefused);
    CPPUNIT_TEST(aCountThatLiesTakesNoMemory);
    CPPUNIT_TEST(whatIsTooLongIsRefusedUnread);
    CPPUNIT_TEST(aPlanComesBackAsItWas);
    CPPUNIT_TEST_SUITE_END();

public:
    void everyMessageComesBackAsItWas()
    {
        forEverySample([](const auto& message) {
            const Bytes bytes = encode(message);
            CPPUNIT_ASSERT(bytes.size() <= kPacketBytesMax);
            const auto again = decoded(message, bytes);
            CPPUNIT_ASSERT_EQUAL(message.index(), again.index());
            CPPUNIT_ASSERT(encode(again) == bytes);
        });
        const Bytes bytes = encode(FromSpawner{exitSample()});
        const auto exited = std::get<ChildExited>(decoded(FromSpawner{}, bytes));
        CPPUNIT_ASSERT(exited.start == StartNumber{0x1122334455667788});
        CPPUNIT_ASSERT_EQUAL(-5, exited.pid);
        CPPUNIT_ASSERT(exited.kind == ChildExited::Kind::Signaled);
        CPPUNIT_ASSERT_EQUAL(11, exited.number);
        CPPUNIT_ASSERT(exited.coreDumped);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, exited.userMicros);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{2}, exited.systemMicros);
        CPPUNIT_ASSERT_EQUAL(std::numeric_limits<std::uint64_t>::max(), exited.maxRssKiB);
    }

    void theBytesAreTheDocumentedOnes()
    {
        const Bytes error = encode(FromSpawner{SpawnError{StartNumber{258}, -2}});
        CPPUNIT_ASSERT(error == Bytes({kWireVersion, 3, 2, 1, 0, 0, 0, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff}));
        const Bytes failed = encode(FromSpawner{LoadFailed{LoadFailed::Kind::StartedThread, "no"}});
        CPPUNIT_ASSERT(failed == Bytes({kWireVersion, 1, 1, 2, 0, 0, 0, 'n', 'o'}));
        CPPUNIT_ASSERT(encode(ToSpawner{Close{}}) == Bytes({kWireVersion, 5}));
    }

    void everyCutIsTooShortAndEveryAdditionTooLong()
    {
        forEverySample([](const auto& message) {
            Bytes bytes = encode(message);
            for (std::size_t size = 0; size < bytes.size(); ++size)
                CPPUNIT_ASSERT_EQUAL(std::string("too short"),
                                     refusal(message, Bytes(bytes.data(), bytes.data() + size)));
            bytes.push_back(0);
            CPPUNIT_ASSERT_EQUAL(std::string("1 bytes too many"), refusal(message, bytes));
        });
    }

    void whatIsAcceptedIsWrittenBackByteForByte()
    {
        std::mt19937 random(7);
        std::size_t accepted = 0;
        forEverySample([&](const auto& message) {
            const Bytes original = encode(message);
            for (int i = 0; i < 2000; ++i)
            {
                Bytes bytes = original;
                for (auto changes = 1 + random() % 3; changes > 0; --changes)
                    bytes[random() % bytes.size()] =
                        static_cast<std::uint8_t>(random() % 8 == 0 ? random() : random() % 4);
                auto result = decode<std::decay_t<decltype(message)>>(bytes.data(), bytes.size());
                const auto* again = std::get_if<std::decay_t<decltype(message)>>(&result);
                if (again == nullptr) continue;
                ++accepted;
                CPPUNIT_ASSERT(encode(*again) == bytes);
            }
        });
        CPPUNIT_ASSERT(accepted > 1000);
    }

    void anotherVersionOrTypeIsNamed()
    {
        constexpr std::uint8_t kNext = kWireVersion + 1;
        CPPUNIT_ASSERT_EQUAL("version " + std::to_string(kNext) + " instead of " +
                                 std::to_string(kWireVersion),
                             refusal(ToSpawner{}, {kNext, 4}));
        CPPUNIT_ASSERT_EQUAL(std::string("unknown type 6"), refusal(ToSpawner{}, {kWireVersion, 6}));
        CPPUNIT_ASSERT_EQUAL(std::string("unknown type 255"), refusal(FromChild{}, {kWireVersion, 255}));
        CPPUNIT_ASSERT_EQUAL(std::string("too short"), refusal(FromChild{}, {}));
    }

    void enumsAndBoolsOutOfRangeAreRefused()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("value 2 is out of range"),
                             refusal(FromSpawner{}, {kWireVersion, 0, 2}));
        CPPUNIT_ASSERT_EQUAL(std::string("value 2 is out of range"),
                             refusal(FromSpawner{}, {kWireVersion, 1, 2, 0, 0, 0, 0}));
    }

    void aCountThatLiesTakesNoMemory()
    {
        constexpr auto kFarewell = static_cast<std::uint8_t>(std::variant_size_v<FromChild> - 4);
        CPPUNIT_ASSERT_EQUAL(std::string("too short"),
                             refusal(FromChild{}, {kWireVersion, kFarewell, 0xff, 0xff, 0xff, 0xff, 'a'}));
        Bytes plan = encodePlan(GenerationPlan{});
        for (std::size_t i = plan.size() - 8; i < plan.size(); ++i) plan[i] = 0xff;
        CPPUNIT_ASSERT(std::holds_alternative<Malformed>(decodePlan(plan.data(), plan.size())));
    }

    void whatIsTooLongIsRefusedUnread()
    {
        const Bytes packet = encode(FromChild{Farewell{std::string(kPacketBytesMax, 'x')}});
        CPPUNIT_ASSERT_EQUAL(std::string("longer than a packet may be"), refusal(FromChild{}, packet));
        GenerationPlan plan;
        plan.settings.emplace_back("key", std::string(std::size_t{16} * 1024 * 1024, 'x'));
        const Bytes bytes = encodePlan(plan);
        CPPUNIT_ASSERT(std::holds_alternative<Malformed>(decodePlan(bytes.data(), bytes.size())));
    }

    void aPlanComesBackAsItWas()
    {
        const Bytes bytes = encodePlan(planSample());
        auto result = decodePlan(bytes.data(), bytes.size());
        CPPUNIT_ASSERT(std::holds_alternative<GenerationPlan>(result));
        const auto& plan = std::get<GenerationPlan>(result);
        CPPUNIT_ASSERT(encodePlan(plan) == bytes);
        CPPUNIT_ASSERT_EQUAL(std::string("hello"), plan.group);
        CPPUNIT_ASSERT_EQUAL(std::string("b\n"), plan.settings.at(1).first);
        CPPUNIT_ASSERT_EQUAL(std::string("https"), plan.listeners.at(1).name);
        for (std::size_t size = 0; size < bytes.size(); ++size)
            CPPUNIT_ASSERT(std::holds_alternative<Malformed>(decodePlan(bytes.data(), size)));
    }

private:
    template <class Message>
    static Message decoded(const Message&, const Bytes& bytes)
    {
        auto result = decode<Message>(bytes.data(), bytes.size());
        CPPUNIT_ASSERT(std::holds_alternative<Message>(result));
        return std::get<Message>(std::move(result));
    }

    template <class Message>
    static std::string refusal(const Message&, const Bytes& bytes)
    {
        auto result = decode<Message>(bytes.data(), bytes.size());
        const auto* malformed = std::get_if<Malformed>(&result);
        return malformed != nullptr ? malformed->reason : "accepted";
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(CodecTest);

}  // namespace clustermanager::link
