#pragma once

#include <memory>
#include <variant>

#include "access/Certificates.h"

using SSL_CTX = struct ssl_ctx_st;

namespace clustermanager::tls {

/// TLS 1.2 and 1.3, forward secrecy and authenticated encryption only, no renegotiation, compression,
/// resumption or early data. What a client can make it hold is bounded.
class StrictContext final : public access::TlsContext
{
public:
    static std::variant<std::shared_ptr<const StrictContext>, access::CertificateProblem>
    make(const access::Certificates& certificates);
    ~StrictContext() override;
    StrictContext(const StrictContext&) = delete;
    StrictContext& operator=(const StrictContext&) = delete;

    std::unique_ptr<ByteStream> stream(FileDescriptor socket) const override;
    SSL_CTX* handle() const;

private:
    struct Context;
    explicit StrictContext(std::unique_ptr<Context> context);
    std::unique_ptr<Context> _context;
};

}  // namespace clustermanager::tls
