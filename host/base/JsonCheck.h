#pragma once

#include <cstddef>
#include <string_view>

namespace clustermanager {

/// How deep arrays and objects may be nested in what a child reports.
constexpr std::size_t kMaxJsonDepth = 16;

/// Whether `text` is exactly one JSON value by RFC 8259, in valid UTF-8, without control characters in its
/// strings, nested at most kMaxJsonDepth deep. Such a text can be embedded in a document and leave it whole.
bool isJsonValue(std::string_view text);

}  // namespace clustermanager
