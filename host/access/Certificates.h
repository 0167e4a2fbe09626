#pragma once

#include <memory>
#include <string>
#include <variant>

#include "base/ByteStream.h"
#include "base/FileDescriptor.h"

namespace clustermanager::access {

/// What TLS needs, as PEM. Held in memory, so that another image of the host can go on with it whatever
/// became of the files.
struct Certificates
{
    std::string chain;     // the host's own certificate, and those between it and its root; "": no TLS
    std::string key;       // of the first of them, without a pass phrase
    std::string clientCa;  // who signs the certificates of clients; "": they need none

    bool operator==(const Certificates& other) const
    {
        return chain == other.chain && key == other.key && clientCa == other.clientCa;
    }

    template <class IO>
    void fields(IO& io)
    {
        io(chain);
        io(key);
        io(clientCa);
    }
};

/// What is wrong with one of them.
struct CertificateProblem
{
    enum class Part
    {
        Chain,
        Key,
        ClientCa
    };
    Part part;
    std::string text;  // "holds no certificate in PEM"
};

class TlsContext;
using MadeContext = std::variant<std::shared_ptr<const TlsContext>, CertificateProblem>;

/// The server's side of TLS.
///
/// Immutable, so any thread may use it.
class TlsContext : public std::enable_shared_from_this<TlsContext>
{
public:
    /// Loads the module that has OpenSSL, once and for good.
    static MadeContext make(const Certificates& certificates);
    virtual ~TlsContext() = default;
    TlsContext(const TlsContext&) = delete;
    TlsContext& operator=(const TlsContext&) = delete;

    /// The socket is connected and non-blocking. Never throws; a connection for which there is no memory
    /// fails at its first step.
    virtual std::unique_ptr<ByteStream> stream(FileDescriptor socket) const = 0;

protected:
    TlsContext() = default;
};

}  // namespace clustermanager::access
