#include "ReloadFixture.h"

#include <filesystem>

namespace clustermanager::integration {

void ReloadFixture::group(unsigned count)
{
    actors(count);
    restartFast();
    set("plugin.actor.exclusive", path("exclusive"));
    set("plugin.actor.start", "late");
    set("plugin.actor.startIf", path("held"));
    set("plugin.actor.gate", path("gate"));
    std::filesystem::create_directory(path("exclusive"));
}

void ReloadFixture::replacePlugin(const std::string& stem) const
{
    std::filesystem::rename(testPlugin(stem), path("files/actor.so"));
}

void ReloadFixture::hold(int id) const
{
    std::filesystem::remove(path("gate"));
    writeFile(path("held"), std::to_string(id) + " 2");
}

void ReloadFixture::letGo() const
{
    writeFile(path("gate"), "");
}

int ReloadFixture::beginReload() const
{
    const HttpAnswer answer = post("/groups/actor/reload");
    CPPUNIT_ASSERT_EQUAL_MESSAGE(answer.body, 202, answer.status);
    return operationOf(answer.body).id;
}

int ReloadFixture::holdReloadIn(const std::string& phase)
{
    hold(phase == "replacing" ? 2 : 0);
    const int id = beginReload();
    const auto holds = [&](const StatusView& s) {
        if (s.phase("actor") != phase) return false;
        if (phase == "surging") return s.countOf("starting") == 1;
        const ChildView held = s.child(2);
        return held.generation == 2 && held.state == "starting";
    };
    waitStatus(holds, "the reload should be " + phase);
    return id;
}

void ReloadFixture::waitEndOfPhase()
{
    waitStatus([](const StatusView& s) { return s.phase("actor").empty() && s.allReady(); },
               "the reload should be over");
}

void ReloadFixture::checkGeneration(unsigned generation, unsigned count) const
{
    const StatusView now = status();
    CPPUNIT_ASSERT_EQUAL(static_cast<std::size_t>(count), now.children().size());
    CPPUNIT_ASSERT_EQUAL(generation, now.generation("actor"));
    for (const ChildView& child : now.children())
    {
        CPPUNIT_ASSERT_EQUAL_MESSAGE(now.text(), generation, child.generation);
        CPPUNIT_ASSERT_EQUAL(std::string("ready"), child.state);
        CPPUNIT_ASSERT(!child.standsIn);
        CPPUNIT_ASSERT_EQUAL(std::to_string(generation), probe(child.id).ask("env CM_GENERATION"));
    }
    checkNoDoubles();
}

void ReloadFixture::checkNoDoubles() const
{
    CPPUNIT_ASSERT_EQUAL(std::string(), readFile(path("exclusive/doubles")));
}

}  // namespace clustermanager::integration
