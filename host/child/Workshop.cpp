#include <Poco/Logger.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sysexits.h>
#include <unistd.h>

#include <cstdio>

#include "child/ChildEnvironment.h"
#include "child/ChildLogging.h"
#include "child/ChildMain.h"
#include "child/ChildRun.h"
#include "plugin/ExceptionText.h"

namespace clustermanager::child {

struct Workshop::Impl
{
    Impl(link::GenerationPlan planned, FileDescriptor file, std::optional<Program> program)
        : plan(std::move(planned)), pluginFile(std::move(file)), embedded(std::move(program)),
          settings(plan.settings)
    {}

    bool load(plugin::PluginLibrary::Failure& failure)
    {
        if (embedded || library.load(pluginFile, plan.pluginPath)) return true;
        failure = library.failure();
        return false;
    }

    void prepare()
    {
        if (prepared) return;
        prepared = true;
        logging.prepare(plan);
    }

    [[noreturn]] void run(Identity& identity);

    link::GenerationPlan plan;
    FileDescriptor pluginFile;
    std::optional<Program> embedded;
    plugin::Settings settings;
    plugin::PluginLibrary library;
    ChildLogging logging;
    bool prepared = false;
};

void Workshop::Impl::run(Identity& identity)
{
    const std::string name = slotName(identity.child);
    const bool runsMaster = isRunMaster(identity.child);
    (void)::signal(SIGXFSZ, SIG_IGN);  // a full log file is an error of write(2), not a death
    // Children alone accept.
    for (std::size_t i = 0; runsMaster && i < plan.listeners.size(); ++i)
        (void)::close(kFirstListener + static_cast<int>(i));
    setEnvironment(plan, identity);
    (void)::prctl(PR_SET_NAME, processName(plan.group, identity.child).c_str());
    prepare();
    const std::string outputProblem = plan.outputToFile ? sendOutputTo(fileStem(plan, name) + ".out") : "";
    logging.start(plan, name, identity.logLevel);
    if (!outputProblem.empty())
        Poco::Logger::get(plan.group).error("standard output stays the host's: " + outputProblem);

    ChildRun child(plan, settings, identity);
    child.run([this](plugin::PluginLibrary::Failure& failure) { return load(failure); },
              [&](cm_context* context) {
                  if (embedded) return (runsMaster ? embedded->runMaster : embedded->runChild)(context);
                  return (runsMaster ? library.runMaster() : library.runChild())(context);
              });
}

Workshop::Workshop(link::GenerationPlan plan, FileDescriptor pluginFile, std::optional<Program> embedded)
    : _impl(std::make_unique<Impl>(std::move(plan), std::move(pluginFile), std::move(embedded)))
{}

Workshop::~Workshop() = default;

std::variant<Workshop::Facts, std::string> Workshop::load()
{
    plugin::PluginLibrary::Failure failure;
    if (!_impl->load(failure)) return failure.text;
    return Facts{_impl->embedded ? static_cast<bool>(_impl->embedded->runMaster)
                                 : _impl->library.runMaster() != nullptr};
}

void Workshop::prepare()
{
    _impl->prepare();
}

const link::GenerationPlan& Workshop::plan() const
{
    return _impl->plan;
}

void Workshop::run(Identity identity)
{
    try
    {
        _impl->run(identity);
    }
    catch (...)
    {
        (void)std::fprintf(stderr, "%s of %s: cannot start: %s\n", slotName(identity.child).c_str(),
                           _impl->plan.group.c_str(), plugin::currentExceptionText().c_str());
    }
    ::_exit(EX_OSERR);
}

}  // namespace clustermanager::child
