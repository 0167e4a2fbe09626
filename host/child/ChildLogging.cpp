#include "child/ChildLogging.h"

#include <Poco/FormattingChannel.h>
#include <Poco/Logger.h>
#include <Poco/Util/LayeredConfiguration.h>
#include <Poco/Util/LoggingConfigurator.h>
#include <Poco/Util/MapConfiguration.h>
#include <Poco/Util/SystemConfiguration.h>

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
    ChildFileChannel::registerClass();
    const Poco::AutoPtr<Poco::Channel> file(
        new ChildFileChannel({plan.logRotateBytes, plan.logRotateCount},
                             [this, &plan] { return fileStem(plan, _name) + ".log"; }));
    const Poco::AutoPtr<Poco::Formatter> formatter(new LineFormatter);
    const Poco::AutoPtr<Poco::Channel> lines(new Poco::FormattingChannel(formatter, file));
    (void)Poco::Logger::get(plan.group);  // with it the root logger exists, which setChannel does not make
    Poco::Logger::setChannel("", lines);
}

void ChildLogging::introduce(std::string name, std::optional<int> level)
{
    _name = std::move(name);
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
    try
    {
        Poco::AutoPtr<Poco::Util::LayeredConfiguration> all(new Poco::Util::LayeredConfiguration);
        Poco::AutoPtr<Poco::Util::MapConfiguration> settings(new Poco::Util::MapConfiguration);
        for (const auto& [key, value] : plan.settings) settings->setString(key, value);
        all->add(settings, 0);
        all->add(new Poco::Util::SystemConfiguration, 1);  // for ${system.env.CM_CHILD_ID}
        Poco::Util::LoggingConfigurator().configure(all);
    }
    catch (...)
    {
        Poco::Logger::get(plan.group)
            .error("the logging.* settings cannot be used, so parts of the log go here: " +
                   plugin::currentExceptionText());
    }
}

void ChildLogging::setLevel(const std::string& logger, int level)
{
    if (!logger.empty()) (void)Poco::Logger::get(logger);  // loggers below it inherit from it once it exists
    Poco::Logger::setLevel(logger, plugin::pocoPriority(level));
}

}  // namespace clustermanager::child
