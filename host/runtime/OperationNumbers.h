#pragma once

#include "base/Types.h"

namespace clustermanager::runtime {

/// Numbers what operators ask for, never the same twice.
class OperationNumbers
{
public:
    explicit OperationNumbers(OperationId last = {}) : _last(last) {}

    OperationId next()
    {
        _last = static_cast<OperationId>(number(_last) + 1);
        return _last;
    }

    OperationId last() const { return _last; }

private:
    OperationId _last{};
};

}  // namespace clustermanager::runtime
