#include "child/ChildLogging.h"

#include <Poco/FormattingChannel.h>
#include <Poco/Logger.h>

#include <utility>

#include "child/LogText.h"
#include "plugin/ExceptionText.h"
#include "plugin/LogLevels.h"

namespace clustermanager::child {

std::string fileStem(const link::GenerationPlan& plan, const std::string& name)
{
    return plan.logFolder + "/" + plan.group + "-" + name;
}

void ChildLogging::prepare(const link::GenerationPlan& plan)
{
    _origin.group = plan.group;
    LogChannels::registerClasses(_origin);
    _file = new ChildFileChannel({plan.logRotateBytes, plan.logRotateCount},
                                 [this, &plan] { return fileStem(plan, _name) + ".log"; });
    Poco::Formatter::Ptr formatter;
    if (plan.logFormat == LogFormat::Json)
        formatter = new JsonFormatter(_origin);
    else
        formatter = new LineFormatter;
    _file->setFormatter(formatter);
    const Poco::AutoPtr<Poco::Channel> lines(new Poco::FormattingChannel(formatter, _file));
    (void)Poco::Logger::get(plan.group);  // with it the root logger exists, which setChannel does not make
    Poco::Logger::setChannel("", lines);
}

void ChildLogging::introduce(std::string name, std::string id, std::optional<int> level)
{
    _name = std::move(name);
    _origin.id = std::move(id);
    if (!level || level == _level) return;
    if (Poco::Logger::root().getLevel() != plugin::pocoPriority(*level)) setLevel("", *level);
    _level = level;
}

void ChildLogging::begin(const link::GenerationPlan& plan)
{
    if (plan.logsConfigured) configure(plan);
}

void ChildLogging::configure(const link::GenerationPlan& plan)
{
    const auto refuse = [&plan](const std::string& why) {
        Poco::Logger::get(plan.group)
            .error("the logging.* settings cannot be used, so the log goes here: " + why);
    };
    try
    {
        _channels.emplace(LogChannels::Keys(plan.settings.begin(), plan.settings.end()));
    }
    catch (const LogKeyProblem& problem)
    {
        return refuse(problem.key + ": " + problem.text);
    }
    catch (...)
    {
        return refuse(plugin::currentExceptionText());
    }
    for (const LogChannels::Logger& logger : _channels->loggers())
    {
        (void)Poco::Logger::get(logger.name);
        if (logger.channel) Poco::Logger::setChannel(logger.name, logger.channel);
        if (logger.level != LogChannels::kNoLevel) Poco::Logger::setLevel(logger.name, logger.level);
    }
}

void ChildLogging::reopen()
{
    _file->reopen();
    if (_channels) _channels->reopen();
}

void ChildLogging::setLevel(const std::string& logger, int level)
{
    if (!logger.empty()) (void)Poco::Logger::get(logger);  // loggers below it inherit from it once it exists
    Poco::Logger::setLevel(logger, plugin::pocoPriority(level));
}

}  // namespace clustermanager::child
