#pragma once

#include <string>

#include "HostFixture.h"

namespace clustermanager::integration {

/// A host whose plugins lie in a folder that it watches. The group `first` is there when it starts: two
/// actors.
class DropInFixture : public HostFixture
{
public:
    void setUp() override;

protected:
    /// Where a file of this name lies in the watched folder.
    std::string dropped(const std::string& file) const { return path("plugins/" + file); }
    /// What is written into NAME.properties, so that its actors can be asked.
    std::string sideText(unsigned count) const;

    void copyIn(const std::string& stem, const std::string& file) const;  // as plain cp does, in place
    void moveIn(const std::string& stem, const std::string& file) const;
    void linkIn(const std::string& target, const std::string& file) const;
    void remove(const std::string& file) const;

    StatusView waitGroup(const std::string& name, const std::string& version = "1.2.3");
    StatusView waitNoGroup(const std::string& name);
    /// Waits until whatever was dropped so far has had its effect, or has none: something worthless that is
    /// dropped after it has been told of, and the configuration was read once more.
    StatusView settle();

    /// How often the host said so.
    unsigned saidTimes(const std::string& words) const;
    unsigned reloadsOf(const std::string& group) const;

private:
    unsigned _settled = 0;
};

}  // namespace clustermanager::integration
