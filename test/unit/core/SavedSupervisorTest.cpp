/// Goal: a supervisor that is written down goes on as it was, and nothing broken is taken for one.
/// Method: a real Supervisor in the middle of a reload is saved, cut short at every byte, and garbled.

#include <cppunit/extensions/HelperMacros.h>

#include <string>

#include "base/Fields.h"
#include "unit/core/ReadyGroup.h"

namespace clustermanager::core {

class SavedSupervisorTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(SavedSupervisorTest);
    CPPUNIT_TEST(reloadGoesOnInTheNextImage);
    CPPUNIT_TEST(stateThatIsCutShortIsRefused);
    CPPUNIT_TEST(garbledStateHarmsNobody);
    CPPUNIT_TEST_SUITE_END();

    static Bytes saved(const Supervisor& supervisor)
    {
        FieldWriter out;
        supervisor.save(out);
        return out.take();
    }

    /// A reload whose stand-in is ready, so that the first slot has been asked to exit.
    static Bytes midReload()
    {
        ReadyGroup group(ReadyGroup::policyOf(2));
        group.surge(7);
        return saved(group.core);
    }

    void reloadGoesOnInTheNextImage()
    {
        const Bytes state = midReload();
        FieldReader in(state.data(), state.size());
        Supervisor next(in);
        CPPUNIT_ASSERT_EQUAL(std::string(), in.finish());
        CPPUNIT_ASSERT_EQUAL(std::string("replacing"), next.group(0).phase);
        CPPUNIT_ASSERT(next.child(0).state == ChildState::Stopping);

        const TimePoint later = TimePoint(std::chrono::hours(100));
        const Actions actions =
            next.handle(Exited{next.child(0).start, {ExitStatus::Kind::Exited, 0, false}}, later);
        CPPUNIT_ASSERT(find<Spawn>(actions)->generation == GenerationId{2});
        CPPUNIT_ASSERT(find<Spawn>(actions)->child == next.child(0).id);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, next.operations().size());
        CPPUNIT_ASSERT(next.operations().front()->id == OperationId{7});
    }

    void stateThatIsCutShortIsRefused()
    {
        const Bytes state = midReload();
        for (std::size_t size = 0; size < state.size(); ++size)
        {
            FieldReader in(state.data(), size);
            const Supervisor next(in);
            CPPUNIT_ASSERT(!in.finish().empty());
        }
    }

    void garbledStateHarmsNobody()
    {
        const Bytes state = midReload();
        std::size_t refused = 0;
        for (std::size_t i = 0; i < state.size(); ++i)
        {
            Bytes garbled = state;
            garbled[i] = static_cast<std::uint8_t>(~garbled[i]);
            FieldReader in(garbled.data(), garbled.size());
            const Supervisor next(in);
            if (!in.finish().empty()) ++refused;
        }
        CPPUNIT_ASSERT(refused > 0);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(SavedSupervisorTest);

}  // namespace clustermanager::core
