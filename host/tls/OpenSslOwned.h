#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>

namespace clustermanager::tls {

template <auto release>
struct Releases
{
    template <class T>
    void operator()(T* owned) const
    {
        release(owned);
    }
};
using Bio = std::unique_ptr<BIO, Releases<BIO_free>>;
using Certificate = std::unique_ptr<X509, Releases<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Releases<EVP_PKEY_free>>;

}  // namespace clustermanager::tls
