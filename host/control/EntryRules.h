#pragma once

#include <memory>
#include <mutex>
#include <utility>

#include "access/Certificates.h"
#include "control/RequestGuard.h"

namespace clustermanager::control {

/// The rules by which one transport lets clients in. They may be replaced while it serves: a request is
/// judged by those in force when it is whole.
///
/// Thread-safe.
class EntryRules
{
public:
    struct Rules
    {
        RequestGuard guard;
        std::shared_ptr<const access::TlsContext> tls;  // none: in clear
    };

    explicit EntryRules(Rules rules) : _rules(std::make_shared<const Rules>(std::move(rules))) {}

    std::shared_ptr<const Rules> current() const
    {
        const std::lock_guard<std::mutex> lock(_mutex);
        return _rules;
    }

    void replace(Rules rules)
    {
        auto next = std::make_shared<const Rules>(std::move(rules));
        const std::lock_guard<std::mutex> lock(_mutex);
        _rules = std::move(next);
    }

private:
    mutable std::mutex _mutex;
    std::shared_ptr<const Rules> _rules;
};

}  // namespace clustermanager::control
