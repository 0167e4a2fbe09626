#pragma once

#include <memory>
#include <string>
#include <variant>

using SSL_CTX = struct ssl_ctx_st;

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

/// The server's side of TLS: 1.2 and 1.3, forward secrecy and authenticated encryption only, no
/// renegotiation, compression, resumption or early data. What a client can make it hold is bounded.
///
/// Immutable, so any thread may use it.
class TlsContext
{
public:
    static std::variant<std::shared_ptr<const TlsContext>, CertificateProblem>
    make(const Certificates& certificates);
    ~TlsContext();
    TlsContext(const TlsContext&) = delete;
    TlsContext& operator=(const TlsContext&) = delete;

    SSL_CTX* handle() const;

private:
    struct Context;
    explicit TlsContext(std::unique_ptr<Context> context);
    std::unique_ptr<Context> _context;
};

}  // namespace clustermanager::access
