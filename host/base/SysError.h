#pragma once

#include <string>
#include <utility>
#include <variant>

namespace clustermanager {

/// A failed system call: what we tried, on what, and the errno saved right after the call.
struct SysError
{
    std::string operation;  // "fork", "open"
    std::string object;     // "/var/log/cm/child-7.log", "" when there is none
    int code = 0;           // errno

    /// "open '/etc/x': Permission denied (13)"
    std::string text() const;
};

/// The words of strerror(3), thread-safe.
std::string errnoText(int code);

/// A value or the reason why there is none. Used where failure is part of the normal course (system calls,
/// parsing of what another process sent); elsewhere exceptions of Poco's family are fine.
template <class T>
class [[nodiscard]] Result
{
public:
    Result(T value) : _content(std::move(value)) {}
    Result(SysError error) : _content(std::move(error)) {}

    bool ok() const { return std::holds_alternative<T>(_content); }
    explicit operator bool() const { return ok(); }

    T& value() { return std::get<T>(_content); }  // only after ok()
    const T& value() const { return std::get<T>(_content); }
    const SysError& error() const { return std::get<SysError>(_content); }

private:
    std::variant<T, SysError> _content;
};

}  // namespace clustermanager
