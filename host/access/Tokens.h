#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "access/Role.h"

/// Bearer tokens, known by their hashes alone: who reads the file of them can use none.
///
/// The hash is SHA-256 over a salt and the token, and quick on purpose: tokens are random, so a slow hash
/// would protect nothing, and would let anybody without a token make the host work.
namespace clustermanager::access {

constexpr std::size_t kMaxTokens = 64;
constexpr std::size_t kTokenMin = 16;  // characters
constexpr std::size_t kTokenMax = 512;

struct Token
{
    std::string name;  // for the log: letters, digits, '.', '_', '-'
    Role role = Role::Read;
    std::string salt;    // hexadecimal
    std::string digest;  // of salt and token, hexadecimal

    bool operator==(const Token& other) const
    {
        return name == other.name && role == other.role && salt == other.salt && digest == other.digest;
    }

    template <class IO>
    void fields(IO& io)
    {
        io(name);
        io(role);
        io(salt);
        io(digest);
    }
};
using Tokens = std::vector<Token>;

/// 1 to 64 letters, digits, '.', '_' and '-'.
bool isTokenName(std::string_view name);

/// With a salt of its own.
Token hashed(std::string name, Role role, std::string_view secret);

/// 256 random bits, hexadecimal.
std::string randomToken();

/// "NAME ROLE sha256:SALT:HEX"
std::string writeToken(const Token& token);

/// A file of one token a line, with empty lines and lines that start with '#'. Else one sentence that begins
/// with the line: "line 3: ...". A file without a token is wrong: it would let everybody in.
std::variant<Tokens, std::string> parseTokens(std::string_view text);

/// The one whose secret this is; nullptr: none. Takes as long whichever it is.
const Token* find(const Tokens& tokens, std::string_view secret);

}  // namespace clustermanager::access
