#pragma once

#include <string>

#include "HostFixture.h"

namespace clustermanager::integration {

/// A group of actors that is reloaded, and whose new generation can be held back.
class ReloadFixture : public HostFixture
{
protected:
    /// No two processes of one id at a time: they would leave a file, and checkNoDoubles() finds it.
    void group(unsigned count);
    void replacePlugin(const std::string& stem = "actor_v2") const;

    /// Children of generation 2 wait before they are ready: all, or this one.
    void hold(int id = 0) const;
    void letGo() const;

    int beginReload() const;
    /// Reloads up to a phase, "surging" or "replacing" the second slot, in which it stays.
    int holdReloadIn(const std::string& phase);
    void waitEndOfPhase();

    /// That many children, all of this generation, are ready, and nobody else.
    void checkGeneration(unsigned generation, unsigned count) const;
    void checkNoDoubles() const;
};

}  // namespace clustermanager::integration
