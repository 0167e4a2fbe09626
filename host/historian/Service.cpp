#include "historian/Service.h"

#include <Poco/Exception.h>

#include <optional>

namespace clustermanager::historian {

namespace {

std::vector<std::string> carryOut(const link::HistoryRequest& request, HistoryStore& store)
{
    const Overloaded act{[&](const link::HistoryAppend& append) {
                             store.append(append.rows);
                             return std::vector<std::string>();
                         },
                         [&](const link::HistoryPrune& prune) {
                             store.prune(prune.now);
                             return std::vector<std::string>();
                         },
                         [&](const link::HistoryFind& find) { return store.find(find); }};
    return std::visit(act, request);
}

}  // namespace

void serve(link::HistoryLink link, const std::string& path, HistoryStore::Limits limits)
{
    std::optional<HistoryStore> store;
    while (const std::optional<link::HistoryRequest> request = link.receiveRequest())
    {
        link::HistoryReply reply;
        try
        {
            if (!store) store.emplace(path, limits);
            reply.rows = carryOut(*request, *store);
        }
        catch (const Poco::Exception& problem)
        {
            reply.problem = problem.displayText();
        }
        if (!link.send(reply)) return;
    }
}

void refuse(link::HistoryLink link, const std::string& problem)
{
    while (link.receiveRequest() && link.send(link::HistoryReply{{}, problem}))
    {}
}

}  // namespace clustermanager::historian
