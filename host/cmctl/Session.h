#pragma once

#include <memory>
#include <string>

#include "cmctl/Client.h"
#include "cmctl/Invocation.h"
#include "cmctl/Output.h"

namespace clustermanager::cmctl {

/// What a command works with: what it was asked for, where its result goes, and the host.
class Session
{
public:
    Session(const Invocation& invocation, Output& output, std::string programFolder)
        : _invocation(invocation), _output(output), _programFolder(std::move(programFolder))
    {}

    const Invocation& asked() const { return _invocation; }
    Output& output() { return _output; }
    const std::string& programFolder() const { return _programFolder; }

    /// Found at the first call: commands that need no host look for none.
    Client& client();

    /// A remark that is no result: on standard error.
    static void remark(const std::string& text);

private:
    const Invocation& _invocation;
    Output& _output;
    std::string _programFolder;
    std::unique_ptr<Client> _client;
};

}  // namespace clustermanager::cmctl
