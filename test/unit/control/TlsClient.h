#pragma once

#include <memory>
#include <string>

#include "unit/access/MadeCertificates.h"
#include "unit/control/RawClient.h"

using SSL = struct ssl_st;
using SSL_CTX = struct ssl_ctx_st;

namespace clustermanager::control::test {

/// A client over TLS that waits for nothing longer than its deadline.
class TlsClient
{
public:
    struct Settings
    {
        std::string authority;                    // PEM of the one it trusts; "": anybody
        const access::test::Made* own = nullptr;  // its certificate
        int maxVersion = 0;                       // TLS1_1_VERSION; 0: the newest
    };

    TlsClient(RawClient client, const Settings& settings);

    /// Its own part of it; over TLS 1.3 the server may still refuse its certificate.
    bool handshake();
    /// How many bytes of it were taken.
    int send(const std::string& bytes);
    std::string readAll();
    SSL* session() const { return _session.get(); }

private:
    struct Release
    {
        void operator()(SSL* session) const;
        void operator()(SSL_CTX* context) const;
    };
    RawClient _client;
    std::unique_ptr<SSL_CTX, Release> _context;
    std::unique_ptr<SSL, Release> _session;
};

}  // namespace clustermanager::control::test
