#pragma once

#include <string>

namespace clustermanager::access::test {

/// A certificate and its private key, as PEM.
struct Made
{
    std::string certificate;
    std::string key;
};

/// One that signs itself and may sign others.
Made makeAuthority(const std::string& name);

/// One for `name`, signed by that authority, good for a day; or one whose time is over.
Made makeCertificate(const std::string& name, const Made& authority, bool expired = false);

/// The same private key, with a pass phrase.
std::string withPassPhrase(const std::string& key);

}  // namespace clustermanager::access::test
