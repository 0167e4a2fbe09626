#pragma once

#include <Poco/Exception.h>

#include <string>

namespace clustermanager::runtime {

/// Why the host cannot run: one sentence for the operator, and the exit code of sysexits.h that fits.
class StartError : public Poco::RuntimeException
{
public:
    StartError(int exitCode, const std::string& sentence) : Poco::RuntimeException(sentence, exitCode) {}

    int exitCode() const { return code(); }
};

}  // namespace clustermanager::runtime
