#include "cmctl/Session.h"

#include <iostream>

namespace clustermanager::cmctl {

namespace {

constexpr Millis kPatience = std::chrono::seconds(10);
constexpr Millis kLongestPatience = std::chrono::minutes(10);

}  // namespace

Client& Session::client()
{
    if (!_client)
    {
        const Millis timeout = _invocation.duration("timeout", kLongestPatience).value_or(kPatience);
        _client = std::make_unique<Client>(findTarget(_invocation, _programFolder), timeout);
    }
    return *_client;
}

void Session::remark(const std::string& text)
{
    std::cerr << "cmctl: " << text << std::endl;
}

}  // namespace clustermanager::cmctl
