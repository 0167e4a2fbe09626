/// Goal: an operation is told whole, step by step, with what is not known as null.
/// Method: one operation with every field set and one with none, compared with the whole expected text.
#include <cppunit/extensions/HelperMacros.h>

#include "control/OperationJson.h"
#include "unit/control/FakeHost.h"

namespace clustermanager::control::test {

namespace {

const TimePoint kNow{std::chrono::hours(5)};

}  // namespace

class OperationJsonTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(OperationJsonTest);
    CPPUNIT_TEST(writesAWholeOperation);
    CPPUNIT_TEST(writesNullForWhatDoesNotApply);
    CPPUNIT_TEST(writesAListInItsOrder);
    CPPUNIT_TEST_SUITE_END();

    void writesAWholeOperation()
    {
        core::Operation operation = reloadOfWeb(5, core::OperationState::Failed);
        operation.phase = "reverting";
        operation.reason = "child 1: \"bad\"";
        operation.begun = kNow - Millis(9000);
        operation.ended = kNow - Millis(2000);
        operation.steps[0].state = core::StepState::Failed;
        operation.steps[0].reason = "not ready";
        operation.steps[0].begun = kNow - Millis(8000);
        operation.steps[0].ended = kNow - Millis(3000);
        operation.steps.push_back({ChildId{2}, StartNumber{8}});
        operation.steps[1].begun = kNow - Millis(1500);
        CPPUNIT_ASSERT_EQUAL(
            std::string("{\"id\":5,\"href\":\"/operations/5\",\"kind\":\"reload\",\"group\":\"web\","
                        "\"state\":\"failed\",\"phase\":\"reverting\",\"generation\":2,"
                        "\"reason\":\"child 1: \\\"bad\\\"\",\"begunMsAgo\":9000,\"durationMs\":7000,"
                        "\"children\":[{\"id\":1,\"state\":\"failed\",\"reason\":\"not ready\","
                        "\"durationMs\":5000},{\"id\":2,\"state\":\"running\",\"reason\":\"\","
                        "\"durationMs\":1500}]}"),
            operationJson(operation, kNow));
    }

    void writesNullForWhatDoesNotApply()
    {
        core::Operation operation{OperationId{18446744073709551615U}, core::OperationKind::Exit, ""};
        operation.begun = kNow + Millis(5);
        CPPUNIT_ASSERT_EQUAL(
            std::string("{\"id\":18446744073709551615,\"href\":\"/operations/18446744073709551615\","
                        "\"kind\":\"exit\",\"group\":null,\"state\":\"running\",\"phase\":\"\","
                        "\"generation\":null,\"reason\":\"\",\"begunMsAgo\":0,\"durationMs\":0,"
                        "\"children\":[]}"),
            operationJson(operation, kNow));
    }

    void writesAListInItsOrder()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("{\"operations\":[]}"), operationsJson({}, kNow));
        const core::Snapshot two = snapshotWith(
            {reloadOfWeb(3, core::OperationState::Done), reloadOfWeb(4, core::OperationState::Waiting)});
        CPPUNIT_ASSERT_EQUAL("{\"operations\":[" + operationJson(*two.operations[0], kNow) + ',' +
                                 operationJson(*two.operations[1], kNow) + "]}",
                             operationsJson(two.operations, kNow));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(OperationJsonTest);

}  // namespace clustermanager::control::test
