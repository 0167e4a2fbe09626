#pragma once

namespace clustermanager::cmctl {

constexpr const char* kVersion = CM_VERSION;  // of the project, by the build

}  // namespace clustermanager::cmctl
