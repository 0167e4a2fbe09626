#pragma once

#include <csignal>
#include <filesystem>
#include <string>

#include <Poco/JSON/Array.h>
#include <Poco/JSON/Parser.h>

#include "HostFixture.h"

namespace clustermanager::integration {

/// The host runs from a copy of its program, which can be replaced by another.
class UpgradeFixture : public HostFixture
{
public:
    void setUp() override
    {
        HostFixture::setUp();
        replaceHost(CM_HOST_BINARY);
        program(hostPath());
    }

protected:
    std::string hostPath() const { return path("files/host"); }

    void replaceHost(const std::string& file) const
    {
        std::filesystem::copy_file(file, path("files/new"),
                                   std::filesystem::copy_options::overwrite_existing);
        std::filesystem::rename(path("files/new"), hostPath());
    }

    void beDouble(const std::string& how)
    {
        environment("CM_DOUBLE", how);
        actors(2);
    }

    unsigned upgrades() const { return status().master()->getValue<unsigned>("upgrades"); }

    void waitUpgrades(unsigned count)
    {
        waitStatus([&](const StatusView& s) { return s.master()->getValue<unsigned>("upgrades") == count; },
                   "there should be " + std::to_string(count) + " upgrades");
    }

    void upgrade()
    {
        const unsigned before = upgrades();
        host().signal(SIGUSR2);
        waitUpgrades(before + 1);
    }

    /// Waits for one: a signal is obeyed when the host comes to it.
    Poco::JSON::Object::Ptr lastOperation() const
    {
        Poco::JSON::Object::Ptr last;
        const bool found = waitFor([&] {
            const auto all = Poco::JSON::Parser().parse(control("/operations").body);
            const auto list = all.extract<Poco::JSON::Object::Ptr>()->getArray("operations");
            if (list->size() != 0) last = list->getObject(static_cast<unsigned>(list->size()) - 1);
            return !last.isNull();
        });
        CPPUNIT_ASSERT_MESSAGE("there is no operation", found);
        return last;
    }

    static void assertSameChildren(const StatusView& before, const StatusView& now)
    {
        CPPUNIT_ASSERT_EQUAL(before.children().size(), now.children().size());
        for (const ChildView& child : before.children())
        {
            CPPUNIT_ASSERT_EQUAL(child.pid, now.child(child.id).pid);
            CPPUNIT_ASSERT_EQUAL(child.restarts, now.child(child.id).restarts);
            CPPUNIT_ASSERT_EQUAL(std::string("ready"), now.child(child.id).state);
        }
    }
};

}  // namespace clustermanager::integration
