#pragma once

#include <memory>
#include <string>

#include "base/ByteStream.h"
#include "tls/StrictContext.h"

using SSL = struct ssl_st;

namespace clustermanager::tls {

/// TLS, the server's side. The handshake is part of the first reads.
class TlsStream final : public ByteStream
{
public:
    TlsStream(FileDescriptor socket, std::shared_ptr<const StrictContext> context);

    Step read(char* buffer, std::size_t size) override;
    Step write(const char* bytes, std::size_t size) override;
    bool pending() const override;
    void finish() override;
    std::string certificateName() const override;

private:
    struct Release
    {
        void operator()(SSL* session) const;
    };
    Step stepOf(int result);

    std::shared_ptr<const StrictContext> _context;
    std::unique_ptr<SSL, Release> _session;  // none: there was no memory
    bool _failed = false;
};

}  // namespace clustermanager::tls
