#include "access/Tokens.h"

#include <Poco/Exception.h>
#include <Poco/SHA2Engine.h>
#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <sstream>

#include "base/SysError.h"

namespace clustermanager::access {
namespace {

constexpr std::string_view kScheme = "sha256";
constexpr std::size_t kDigestDigits = 64;
constexpr std::size_t kSaltDigitsMin = 16;
constexpr std::size_t kSaltDigitsMax = 128;
constexpr std::size_t kSaltBytes = 16;
constexpr std::size_t kTokenBytes = 32;
constexpr std::size_t kNameMax = 64;

bool isHex(std::string_view text)
{
    return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string randomHex(std::size_t bytes)
{
    std::array<unsigned char, kTokenBytes> random{};
    if (::getrandom(random.data(), bytes, 0) != static_cast<ssize_t>(bytes))
        throw Poco::SystemException("the system gives no random bytes: " + errnoText(errno));
    return Poco::DigestEngine::digestToHex({random.begin(), random.begin() + static_cast<long>(bytes)});
}

std::string digestOf(const std::string& salt, std::string_view secret)
{
    Poco::SHA2Engine engine(Poco::SHA2Engine::SHA_256);
    engine.update(salt);
    engine.update(":");
    engine.update(secret.data(), static_cast<unsigned>(secret.size()));
    return Poco::DigestEngine::digestToHex(engine.digest());
}

bool sameDigest(std::string_view left, std::string_view right)
{
    unsigned difference = left.size() == right.size() ? 0U : 1U;
    for (std::size_t i = 0; i < std::min(left.size(), right.size()); ++i)
        difference |= static_cast<unsigned>(left[i] ^ right[i]);
    return difference == 0;
}

/// The token of "sha256:SALT:HEX", without name and role; no salt: it is none.
Token parseHash(std::string_view text)
{
    const std::size_t first = std::min(text.find(':'), text.size());
    const std::size_t second = std::min(text.find(':', first + 1), text.size());
    if (text.substr(0, first) != kScheme || second == text.size()) return {};
    Token token;
    token.salt = text.substr(first + 1, second - first - 1);
    token.digest = text.substr(second + 1);
    const bool good = isHex(token.salt) && isHex(token.digest) && token.salt.size() >= kSaltDigitsMin &&
                      token.salt.size() <= kSaltDigitsMax && token.digest.size() == kDigestDigits;
    return good ? token : Token{};
}

/// Its words are not repeated: a secret may have been written there.
std::variant<Token, std::string> parseLine(const std::string& line)
{
    std::istringstream words(line);
    std::string name;
    std::string role;
    std::string hash;
    std::string more;
    words >> name >> role >> hash;
    if (hash.empty() || words >> more)
        return "is not NAME ROLE sha256:SALT:HEX, as clustermanager --hash-token NAME ROLE writes it";
    if (!isTokenName(name)) return "the name must have 1 to 64 letters, digits, '.', '_' and '-'";
    const std::optional<Role> known = roleByName(role);
    if (!known) return "the role must be read or operate";
    Token token = parseHash(hash);
    if (token.salt.empty())
        return "the hash of '" + name + "' is not sha256:SALT:HEX, as clustermanager --hash-token writes it";
    token.name = name;
    token.role = *known;
    return token;
}

}  // namespace

bool isTokenName(std::string_view name)
{
    return !name.empty() && name.size() <= kNameMax &&
           name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") ==
               std::string_view::npos;
}

Token hashed(std::string name, Role role, std::string_view secret)
{
    Token token{std::move(name), role, randomHex(kSaltBytes), ""};
    token.digest = digestOf(token.salt, secret);
    return token;
}

std::string randomToken()
{
    return randomHex(kTokenBytes);
}

std::string writeToken(const Token& token)
{
    return token.name + ' ' + std::string(name(token.role)) + ' ' + std::string(kScheme) + ':' + token.salt +
           ':' + token.digest;
}

std::variant<Tokens, std::string> parseTokens(std::string_view text)
{
    Tokens tokens;
    std::istringstream lines{std::string(text)};
    std::size_t number = 0;
    for (std::string line; std::getline(lines, line);)
    {
        ++number;
        const std::size_t begin = line.find_first_not_of(" \t\r");
        if (begin == std::string::npos || line[begin] == '#') continue;
        std::variant<Token, std::string> parsed = parseLine(line);
        const std::string where = "line " + std::to_string(number) + ": ";
        if (const auto* why = std::get_if<std::string>(&parsed)) return where + *why;
        Token& token = std::get<Token>(parsed);
        const auto same = [&](const Token& other) { return other.name == token.name; };
        if (std::any_of(tokens.begin(), tokens.end(), same))
            return where + "there is a token '" + token.name + "' already";
        if (tokens.size() == kMaxTokens) return where + "there are more than " + std::to_string(kMaxTokens);
        tokens.push_back(std::move(token));
    }
    if (tokens.empty()) return "line " + std::to_string(number + 1) + ": there is no token in it";
    return tokens;
}

const Token* find(const Tokens& tokens, std::string_view secret)
{
    if (secret.empty() || secret.size() > kTokenMax) return nullptr;
    const Token* found = nullptr;
    for (const Token& token : tokens)
        if (sameDigest(digestOf(token.salt, secret), token.digest)) found = &token;
    return found;
}

}  // namespace clustermanager::access
