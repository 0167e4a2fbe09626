#include "cmctl/Client.h"

#include <Poco/Exception.h>
#include <Poco/URI.h>

#include <array>
#include <cerrno>

#include "base/PrintableText.h"
#include "base/SysError.h"
#include "cmctl/Exchange.h"
#include "cmctl/Failure.h"
#include "cmctl/Units.h"

namespace clustermanager::cmctl {

namespace {

constexpr std::size_t kMaxAnswer = 64UL * 1024 * 1024;

std::string readAll(std::istream& body)
{
    std::string text;
    std::array<char, 16'384> part{};
    while (body.read(part.data(), part.size()), body.gcount() > 0)
    {
        text.append(part.data(), static_cast<std::size_t>(body.gcount()));
        if (text.size() > kMaxAnswer)
            throw refused("the answer is longer than " + std::to_string(kMaxAnswer) +
                          " bytes: it was not read on");
    }
    return text;
}

/// A sentence about what to try, "" where the host's own says it.
std::string advice(int status)
{
    switch (status)
    {
    case 401: return " Give the token by --token-file.";
    case 403: return " The token's role does not allow it: use one that may operate.";
    case 404: return " `cmctl status` shows what there is.";
    case 503: return " Try again in a moment.";
    default: return "";
    }
}

}  // namespace

Answer Client::request(const std::string& method, const std::string& path, Millis longer) const
{
    const Millis patience = _patience + longer;
    Exchange exchange(_target, _patience);
    exchange.setReadTimeout(patience);
    const Deadline deadline(exchange, patience);
    std::string why = "it closed the connection";
    bool late = false;
    Answer answer;
    try
    {
        answer.status = exchange.send(method, path);
        answer.contentType = exchange.contentType();
        answer.body = readAll(exchange.body());
        if (!deadline.passed()) return answer;
    }
    catch (const Poco::Exception& problem)
    {
        // The socket's own limit may be up a moment before the deadline is.
        late = problem.code() == EAGAIN || problem.code() == ETIMEDOUT ||
               dynamic_cast<const Poco::TimeoutException*>(&problem) != nullptr;
        why = problem.code() != 0 ? errnoText(problem.code()) : printable(problem.displayText());
    }
    if (late || deadline.passed())
        why = "it did not come within " + durationText(patience.count()) + " (--timeout)";
    throw unreachable("no answer from the host at " + printable(_target.text()) + ": " + why +
                      ". `cmctl status` shows whether it serves");
}

std::string Client::get(const std::string& path) const
{
    Answer answer = request("GET", path);
    if (!answer.good()) throw failureOf(answer);
    return std::move(answer.body);
}

JsonObject Client::post(const std::string& path, Millis longer) const
{
    const Answer answer = request("POST", path, longer);
    if (!answer.good()) throw failureOf(answer);
    return parseJson(answer.body);
}

Failure failureOf(const Answer& answer)
{
    std::string sentence = "the host answers with status " + std::to_string(answer.status) + ".";
    if (answer.contentType.find("json") != std::string::npos)
    {
        const JsonObject problem = parseJson(answer.body);
        if (!problem.text("detail").empty()) sentence = problem.text("detail");
        if (sentence.rfind("There is no such route", 0) == 0)
            return refused("the host does not know this: it may be of another version than cmctl");
        for (const std::string& line : problem.texts("problems")) sentence += "\n  " + line;
    }
    return refused(sentence + advice(answer.status));
}

std::string encoded(const std::string& word)
{
    std::string result;
    Poco::URI::encode(word, "!#$&'()*+,/:;=?@[]%", result);
    return result;
}

}  // namespace clustermanager::cmctl
