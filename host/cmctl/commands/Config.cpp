#include "cmctl/Change.h"
#include "cmctl/commands/Commands.h"
#include "config/ConfigSource.h"

namespace clustermanager::cmctl {

namespace {

int show(Session& session)
{
    const JsonObject options = session.client().getJson("/").object("master").object("options");
    if (session.asked().has("json"))
        session.output().line(options.asLine());
    else
        for (const auto& [key, value] : options.members()) session.output().line(key + " = " + value);
    return 0;
}

/// As the host would read them, in this working folder and environment.
int check(Session& session)
{
    const std::vector<std::string>& words = session.asked().arguments();
    config::ConfigStart start;
    start.files.assign(words.begin() + 1, words.end());
    if (start.files.empty() && session.asked().has("config"))
        start.files.push_back(session.asked().text("config"));
    if (start.files.empty()) throw usage("which files? cmctl config check FILE...");
    start.surroundings = config::Surroundings::ofThisProcess();
    start.application["application.dir"] = session.programFolder();
    const auto outcome = config::ConfigSource(std::move(start)).load();
    if (const auto* good = std::get_if<config::HostConfig>(&outcome))
    {
        for (const std::string& warning : good->warnings) Session::remark("warning: " + warning);
        session.output().line("the configuration is good");
        return 0;
    }
    std::string all;
    for (const config::ConfigProblem& problem : std::get<std::vector<config::ConfigProblem>>(outcome))
        all += (all.empty() ? "" : "\n  ") + problem.sentence();
    throw refused(all);
}

}  // namespace

int commands::config(Session& session)
{
    const std::string what = session.asked().argument(0);
    if (what == "check") return check(session);
    if (session.asked().arguments().size() > 1) throw usage("config " + what + " takes no argument");
    return what == "show" ? show(session) : change(session, "/config/reload");
}

}  // namespace clustermanager::cmctl
