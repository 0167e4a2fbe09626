#include "Answer.h"

#include <strings.h>

#include <charconv>

namespace clustermanager::load {

namespace {

constexpr std::size_t kHeadMax = 16UL * 1024;
constexpr std::size_t kBodyMax = 1024UL * 1024;
const std::string kVersion = "HTTP/1.1 ";

bool same(const std::string& one, const char* other)
{
    return ::strcasecmp(one.c_str(), other) == 0;
}

std::optional<std::size_t> number(const std::string& text)
{
    std::size_t value = 0;
    const char* end = text.data() + text.size();
    const auto [last, problem] = std::from_chars(text.data(), end, value);
    return problem == std::errc() && last == end ? std::optional<std::size_t>(value) : std::nullopt;
}

/// What an answer's head says, with the length of its body.
struct Head
{
    Answer answer;
    std::optional<std::size_t> length;
    std::string problem;
};

void readHeader(const std::string& line, Head& head)
{
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos)
    {
        head.problem = "a header without a colon: " + line;
        return;
    }
    const std::string name = line.substr(0, colon);
    const std::size_t start = line.find_first_not_of(' ', colon + 1);
    const std::string value = start == std::string::npos ? "" : line.substr(start);
    if (same(name, "Content-Length"))
    {
        if (head.length || !number(value)) head.problem = "a wrong or second Content-Length: " + value;
        head.length = number(value);
    }
    if (same(name, "Connection") && same(value, "close")) head.answer.closes = true;
    if (same(name, "X-Child")) head.answer.child = value;
}

Head readHead(const std::string& text)
{
    Head head;
    std::size_t begin = text.find("\r\n");
    const bool isHttp = text.compare(0, kVersion.size(), kVersion) == 0;
    const auto status = isHttp ? number(text.substr(kVersion.size(), 3)) : std::nullopt;
    if (!status) head.problem = "no status line";
    head.answer.status = static_cast<int>(status.value_or(0));
    while (begin + 2 < text.size() && head.problem.empty())
    {
        begin += 2;
        const std::size_t end = text.find("\r\n", begin);
        readHeader(text.substr(begin, end - begin), head);
        begin = end;
    }
    if (head.problem.empty() && head.length.value_or(kBodyMax + 1) > kBodyMax)
        head.problem = "no Content-Length, or one that is too large";
    return head;
}

}  // namespace

std::variant<std::monostate, Answer, Malformed> readAnswer(const std::string& bytes)
{
    const std::size_t end = bytes.find("\r\n\r\n");
    if (end == std::string::npos)
    {
        if (bytes.size() > kHeadMax) return Malformed{"a head without an end"};
        return {};
    }
    Head head = readHead(bytes.substr(0, end + 2));
    if (!head.problem.empty()) return Malformed{head.problem};
    const std::size_t bodyStart = end + 4;
    if (bytes.size() < bodyStart + *head.length) return {};
    head.answer.body = bytes.substr(bodyStart, *head.length);
    head.answer.bytes = bodyStart + *head.length;
    return head.answer;
}

}  // namespace clustermanager::load
