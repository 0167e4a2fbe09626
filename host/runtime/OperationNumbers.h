#pragma once

#include "base/Types.h"

namespace clustermanager::runtime {

/// Numbers what operators ask for, never the same twice.
class OperationNumbers
{
public:
    OperationId next()
    {
        _last = static_cast<OperationId>(number(_last) + 1);
        return _last;
    }

private:
    OperationId _last{};
};

}  // namespace clustermanager::runtime
