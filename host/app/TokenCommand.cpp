#include "app/TokenCommand.h"

#include <Poco/Util/Application.h>

#include <istream>
#include <optional>
#include <ostream>

#include "access/Tokens.h"

namespace clustermanager::app {
namespace {

/// A line longer than any token is cut there, and too long.
std::string readLine(std::istream& in)
{
    std::string line;
    for (char c = 0; line.size() <= access::kTokenMax && in.get(c) && c != '\n';) line += c;
    if (!line.empty() && line.back() == '\r') line.pop_back();
    return line;
}

/// What can be sent as a bearer token at all.
bool isToken(const std::string& text)
{
    if (text.size() < access::kTokenMin || text.size() > access::kTokenMax) return false;
    for (const char c : text)
        if (c <= 0x20 || c >= 0x7F) return false;
    return true;
}

}  // namespace

int hashToken(const std::vector<std::string>& arguments, std::istream& in, std::ostream& out,
              std::ostream& err)
{
    using Poco::Util::Application;
    const bool given = arguments.size() == 3 && arguments[2] == "-";
    const std::optional<access::Role> role =
        arguments.size() == 2 || given ? access::roleByName(arguments[1]) : std::nullopt;
    if (!role || !access::isTokenName(arguments[0]))
    {
        err << "clustermanager: --hash-token wants NAME ROLE, and - where standard input has the token: the "
               "name has "
               "letters, digits, '.', '_' and '-', the role is read or operate\n";
        return Application::EXIT_USAGE;
    }
    const std::string token = given ? readLine(in) : access::randomToken();
    if (!isToken(token))
    {
        err << "clustermanager: --hash-token: a token has " << access::kTokenMin << " to "
            << access::kTokenMax << " visible ASCII characters\n";
        return Application::EXIT_DATAERR;
    }
    out << access::writeToken(access::hashed(arguments[0], *role, token)) << std::endl;
    if (!given) err << "token (it is shown only now): " << token << std::endl;
    return Application::EXIT_OK;
}

}  // namespace clustermanager::app
