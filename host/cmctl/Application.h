#pragma once

#include <Poco/Util/Application.h>

#include <string>
#include <vector>

#include "cmctl/Invocation.h"

namespace clustermanager::cmctl {

/// cmctl as a Poco application: reads the command line by the table, runs the command, and turns every
/// failure into one sentence and an exit code.
class Application : public Poco::Util::Application
{
public:
    /// Everything, from the command line to the exit code. Never throws.
    int runCommand(const std::vector<std::string>& commandLine) noexcept;

protected:
    const char* name() const override { return "cmctl"; }
    void defineOptions(Poco::Util::OptionSet& options) override;
    void handleOption(const std::string& name, const std::string& value) override;
    int main(const std::vector<std::string>& words) override;

private:
    int perform(const std::vector<std::string>& words);

    Invocation::Options _options;
};

}  // namespace clustermanager::cmctl
