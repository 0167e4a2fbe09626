/// Goal: whatever bytes come, the request reader neither crashes nor lets anything in that two parsers could
///       read in two ways.
/// Method: libFuzzer; the input whole and cut in two must get the same verdict, and what is let in is checked
///       against the promises of RequestHead.
#include <algorithm>
#include <cstdlib>

#include "control/RequestReader.h"
#include "control/RouteTarget.h"

namespace {

using clustermanager::control::RequestHead;
using clustermanager::control::RequestReader;

void require(bool holds)
{
    if (!holds) std::abort();
}

void checkAccepted(const RequestHead& head)
{
    namespace control = clustermanager::control;
    require(head.method == "GET" || head.method == "HEAD" || head.method == "POST");
    require(!head.target.empty() && head.target.front() == '/' && head.target.size() <= control::kMaxTarget);
    require(head.all("host").size() == 1 || (head.http10 && head.all("host").empty()));
    require(!head.first("transfer-encoding") && head.all("content-length").size() <= 1);
    require(head.contentLength <= control::kMaxBody && head.fields.size() <= control::kMaxFields);
    for (const control::HeaderField& field : head.fields)
    {
        require(!field.name.empty() && field.name.size() <= control::kMaxFieldName);
        require(field.value.size() <= control::kMaxFieldValue);
        for (const char c : field.name + field.value) require((c >= 0x20 && c < 0x7F) || c == '\t');
    }
    (void)control::parseRouteTarget(head.target);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    RequestReader whole;
    const RequestReader::Progress verdict = whole.feed(input);

    RequestReader pieces;
    const std::size_t cut = size / 2;
    RequestReader::Progress second = pieces.feed(input.substr(0, cut));
    if (second == RequestReader::Progress::NeedsMore) second = pieces.feed(input.substr(cut));
    require(verdict == second);

    if (verdict == RequestReader::Progress::Refused) require(whole.refusal().body == pieces.refusal().body);
    if (verdict == RequestReader::Progress::Complete)
    {
        checkAccepted(whole.head());
        const std::string bytes = whole.takeBytes();
        require(bytes == pieces.takeBytes() && input.substr(0, bytes.size()) == bytes);
    }
    return 0;
}
