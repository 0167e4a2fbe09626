#include <Poco/Logger.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sysexits.h>
#include <unistd.h>

#include <optional>
#include <utility>

#include "base/StandardError.h"
#include "child/ChildEnvironment.h"
#include "child/ChildLogging.h"
#include "child/ChildMain.h"
#include "child/ChildRun.h"
#include "child/OutputFile.h"
#include "plugin/ExceptionText.h"

namespace clustermanager::child {

/// What a child writes to on its way to run_child lies in a page, and begins with it: one to copy, not two.
struct alignas(4096) Workshop::Impl
{
    Impl(link::GenerationPlan planned, FileDescriptor file, std::optional<Program> program)
        : plan(std::move(planned)), pluginFile(std::move(file)), embedded(std::move(program)),
          settings(plan.settings)
    {}

    bool load(plugin::PluginLibrary::Failure& failure, const LastWords& heard = {})
    {
        if (embedded || library.load(pluginFile, plan.pluginPath, heard)) return true;
        failure = library.failure();
        return false;
    }

    void prepare()
    {
        if (prepared) return;
        prepared = true;
        logging.prepare(plan);
        environment.prepare(plan);
        life.emplace(plan, settings,
                     MasterLink::LogDuties{[this] { reopenLogs(); }, [this] { rotateOutput(); }});
    }
    void reopenLogs();
    void rotateOutput();
    std::string sendOutputToItsFile();
    void tellOfOutput(const char* what, const std::string& problem);

    void introduce(const Identity& who);
    void standBy();
    [[noreturn]] void run(FileDescriptor link, const std::function<void()>& beforeSpeaking);

    link::GenerationPlan plan;
    FileDescriptor pluginFile;
    std::optional<Program> embedded;
    plugin::Settings settings;
    plugin::PluginLibrary library;
    ChildLogging logging;
    ChildEnvironment environment;
    std::optional<ChildRun> life;
    ChildId id{};  // of who was introduced
    std::string title;
    bool prepared = false;
    OutputFile output;  // few have one
};

void Workshop::Impl::introduce(const Identity& who)
{
    prepare();
    id = who.child;
    title = processName(plan.group, id);
    environment.introduce(who);
    logging.introduce(slotName(id), isRunMaster(id) ? "" : slotName(id), who.logLevel);
    life->introduce(who);
}

void Workshop::Impl::standBy()
{
    // As if somebody were introduced, so that the memory it takes is in place when somebody is.
    Identity nobody;
    nobody.restarts = 1;
    environment.introduce(nobody);
    logging.introduce("", "", std::nullopt);
    life->introduce(nobody);
    // A plugin that is still to be loaded must not find a second thread.
    if (plan.preload) life->standBy();
}

void Workshop::Impl::run(FileDescriptor link, const std::function<void()>& beforeSpeaking)
{
    const bool runsMaster = isRunMaster(id);
    (void)::signal(SIGXFSZ, SIG_IGN);  // a full log file is an error of write(2), not a death
    // Children alone accept.
    for (std::size_t i = 0; runsMaster && i < plan.listeners.size(); ++i)
        (void)::close(kFirstListener + static_cast<int>(i));
    (void)::prctl(PR_SET_NAME, title.c_str());
    environment.begin(plan);
    const std::string outputProblem = sendOutputToItsFile();
    logging.begin(plan);
    tellOfOutput("stays the host's", outputProblem);
    beforeSpeaking();
    life->run(
        std::move(link), [this](plugin::PluginLibrary::Failure& failure) { return load(failure); },
        [&](cm_context* context) {
            if (embedded) return (runsMaster ? embedded->runMaster : embedded->runChild)(context);
            return (runsMaster ? library.runMaster() : library.runChild())(context);
        });
}

std::string Workshop::Impl::sendOutputToItsFile()
{
    if (!plan.outputToFile) return "";
    return output.open(fileStem(plan, slotName(id)) + ".out", {plan.logRotateBytes, plan.logRotateCount});
}

/// Called before each status: it takes no memory where there is nothing to tell.
void Workshop::Impl::tellOfOutput(const char* what, const std::string& problem)
{
    if (problem.empty()) return;
    Poco::Logger::get(plan.group).error(std::string("standard output ") + what + ": " + problem);
}

void Workshop::Impl::reopenLogs()
{
    logging.reopen();
    tellOfOutput("stays where it was", output.reopen());
}

void Workshop::Impl::rotateOutput()
{
    tellOfOutput("stays where it was", output.rotateWhenFull());
}

Workshop::Workshop(link::GenerationPlan plan, FileDescriptor pluginFile, std::optional<Program> embedded)
    : _impl(std::make_unique<Impl>(std::move(plan), std::move(pluginFile), std::move(embedded)))
{}

Workshop::~Workshop() = default;

std::variant<Workshop::Facts, std::string> Workshop::load(const LastWords& heard)
{
    plugin::PluginLibrary::Failure failure;
    if (!_impl->load(failure, heard)) return failure.text;
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

void Workshop::introduce(const Identity& identity)
{
    _impl->introduce(identity);
}

void Workshop::standBy()
{
    try
    {
        _impl->standBy();
    }
    catch (...)
    {
        ::_exit(EX_OSERR);  // there is no descriptor left, or no memory: a child could not be started either
    }
}

void Workshop::run(FileDescriptor link, const std::function<void()>& beforeSpeaking)
{
    try
    {
        _impl->run(std::move(link), beforeSpeaking);
    }
    catch (...)
    {
        const std::string why = plugin::currentExceptionText();
        tellStandardError(slotName(_impl->id) + " of " + _impl->plan.group + ": cannot start: " + why);
    }
    ::_exit(EX_OSERR);
}

}  // namespace clustermanager::child
