#include "child/LogChannels.h"

#include <Poco/AsyncChannel.h>
#include <Poco/EventChannel.h>
#include <Poco/Exception.h>
#include <Poco/FormattingChannel.h>
#include <Poco/Instantiator.h>
#include <Poco/Logger.h>
#include <Poco/LoggingFactory.h>
#include <Poco/LoggingRegistry.h>
#include <Poco/PatternFormatter.h>
#include <Poco/SplitterChannel.h>

#include "child/ChildFileChannel.h"
#include "child/GuardedChannel.h"
#include "child/JournalChannel.h"
#include "child/LogText.h"
#include "child/SystemValues.h"

namespace clustermanager::child {

namespace {

/// Passes what `make` answers on; what it throws becomes the problem of `key`.
template <class Make>
auto forKey(const std::string& key, Make make)
{
    try
    {
        return make();
    }
    catch (const Poco::Exception& problem)
    {
        throw LogKeyProblem{key, problem.displayText()};
    }
}

std::string classOf(const std::string& prefix, const std::map<std::string, std::string>& properties)
{
    const auto found = properties.find("class");
    if (found == properties.end()) throw LogKeyProblem{prefix + "class", "is missing"};
    return found->second;
}

bool concernsFormat(const std::string& property)
{
    return property == "pattern" || property == "formatter" || property.compare(0, 10, "formatter.") == 0;
}

/// It passes records on to other channels of ours as they are, or makes them safe itself.
bool needsNoGuard(Poco::Channel* channel)
{
    return dynamic_cast<Poco::SplitterChannel*>(channel) != nullptr ||
           dynamic_cast<Poco::AsyncChannel*>(channel) != nullptr ||
           dynamic_cast<Poco::FormattingChannel*>(channel) != nullptr ||
           dynamic_cast<Poco::EventChannel*>(channel) != nullptr ||
           dynamic_cast<JournalChannel*>(channel) != nullptr;
}

/// Makes objects of a class that is told whose records they are.
template <class Class, class Base>
class OriginInstantiator : public Poco::AbstractInstantiator<Base>
{
public:
    explicit OriginInstantiator(const LogOrigin& origin) : _origin(origin) {}
    Base* createInstance() const override { return new Class(_origin); }

private:
    const LogOrigin& _origin;
};

}  // namespace

LogChannels::LogChannels(const Keys& keys)
{
    try
    {
        makeAll(keys);
    }
    catch (...)
    {
        leave();
        throw;
    }
}

void LogChannels::makeAll(const Keys& keys)
{
    for (const auto& [name, section] : sections(keys, "logging.formatters."))
        _formatters[name] = makeFormatter(section);
    enter();  // a channel may name a formatter, and another channel
    const auto channels = sections(keys, "logging.channels.");
    for (const auto& [name, section] : channels) _channels[name] = makeChannel(section);
    enter();
    for (const auto& [name, section] : channels) configure(section, _channels[name]);
    std::map<std::string, Logger> loggers;
    for (const auto& [name, section] : sections(keys, "logging.loggers."))
    {
        Logger logger = makeLogger(section);
        loggers[logger.name] = std::move(logger);
    }
    for (auto& [name, logger] : loggers) _loggers.push_back(std::move(logger));
}

/// By the name that follows the prefix: of "logging.channels.file.path", "file" and its "path".
std::map<std::string, LogChannels::Section> LogChannels::sections(const Keys& keys, const std::string& prefix)
{
    std::map<std::string, Section> found;
    for (auto key = keys.lower_bound(prefix); key != keys.end(); ++key)
    {
        if (key->first.compare(0, prefix.size(), prefix) != 0) break;
        const std::string rest = key->first.substr(prefix.size());
        const std::size_t dot = rest.find('.');
        if (dot == std::string::npos)
            throw LogKeyProblem{key->first, "is a section and has no value of its own"};
        Section& section = found[rest.substr(0, dot)];
        section.prefix = prefix + rest.substr(0, dot + 1);
        section.properties[rest.substr(dot + 1)] = withSystemValues(key->second);
    }
    return found;
}

/// The section of a formatter or channel that has no name of its own.
LogChannels::Section LogChannels::below(const Section& section, const std::string& name)
{
    Section inner{section.prefix + name + ".", {}};
    for (const auto& [property, value] : section.properties)
        if (property.compare(0, name.size() + 1, name + ".") == 0)
            inner.properties[property.substr(name.size() + 1)] = value;
    return inner;
}

Poco::Formatter::Ptr LogChannels::makeFormatter(const Section& section)
{
    const std::string name = classOf(section.prefix, section.properties);
    Poco::Formatter::Ptr formatter = forKey(section.prefix + "class", [&] {
        return Poco::LoggingFactory::defaultFactory().createFormatter(name);
    });
    for (const auto& [property, value] : section.properties)
        if (property != "class")
            forKey(section.prefix + property,
                   [&, &property = property, &value = value] { formatter->setProperty(property, value); });
    return formatter;
}

/// Null where the channel writes the text alone.
Poco::Formatter::Ptr LogChannels::formatterOf(const Section& section)
{
    const Properties& properties = section.properties;
    if (const auto pattern = properties.find("pattern"); pattern != properties.end())
        return new Poco::PatternFormatter(pattern->second);
    if (const Section inner = below(section, "formatter"); !inner.properties.empty())
        return makeFormatter(inner);
    const auto named = properties.find("formatter");
    if (named == properties.end()) return nullptr;
    return forKey(section.prefix + "formatter",
                  [&] { return Poco::LoggingRegistry::defaultRegistry().formatterForName(named->second); });
}

LogChannels::Made LogChannels::makeChannel(const Section& section)
{
    const std::string name = classOf(section.prefix, section.properties);
    Made made;
    made.key = section.prefix + (section.properties.count("path") != 0 ? "path" : "class");
    const Poco::Formatter::Ptr formatter = formatterOf(section);
    made.sink = forKey(section.prefix + "class", [&] {
        if (_makeConsole != nullptr && name == "ConsoleChannel") return _makeConsole(formatter);
        return Poco::LoggingFactory::defaultFactory().createChannel(name);
    });
    if (auto* file = dynamic_cast<ChildFileChannel*>(made.sink.get());
        file != nullptr && dynamic_cast<const JsonFormatter*>(formatter.get()) != nullptr)
        file->setFormatter(formatter);

    // What an operator's pattern has of control characters is meant.
    const auto pattern = section.properties.find("pattern");
    const bool before = pattern != section.properties.end() && !isPlainLogText(pattern->second);
    const auto guarded = [&made](const Poco::Channel::Ptr& target) {
        made.guard = new GuardedChannel(target, made.sink);
        return Poco::Channel::Ptr(made.guard);
    };
    made.channel = made.sink;
    if (!before && !needsNoGuard(made.sink.get())) made.channel = guarded(made.channel);
    if (formatter) made.channel = new Poco::FormattingChannel(formatter, made.channel);
    if (before) made.channel = guarded(made.channel);
    return made;
}

void LogChannels::configure(const Section& section, Made& made)
{
    for (const auto& [property, value] : section.properties)
        if (property != "class" && !concernsFormat(property))
            forKey(section.prefix + property, [&made, &property = property, &value = value] {
                made.sink->setProperty(property, value);
            });
}

LogChannels::Logger LogChannels::makeLogger(const Section& section)
{
    Logger logger;
    if (const Section inner = below(section, "channel"); !inner.properties.empty())
    {
        _ofLoggers.push_back(makeChannel(inner));
        configure(inner, _ofLoggers.back());
        logger.channel = _ofLoggers.back().channel;
    }
    for (const auto& [property, value] : section.properties)
    {
        const std::string key = section.prefix + property;
        if (property == "name")
            logger.name = value;
        else if (property == "level")
            logger.level = forKey(key, [&value = value] { return Poco::Logger::parseLevel(value); });
        else if (property == "channel" && !logger.channel)
            logger.channel = forKey(key, [&value = value] {
                return Poco::LoggingRegistry::defaultRegistry().channelForName(value);
            });
        else if (property.compare(0, 7, "channel") != 0)
            throw LogKeyProblem{key, "there is no such key: a logger has name, level and channel"};
    }
    return logger;
}

void LogChannels::forEach(const std::function<void(Made&)>& visit)
{
    for (auto& [name, made] : _channels) visit(made);
    for (Made& made : _ofLoggers) visit(made);
}

void LogChannels::open()
{
    forEach([](Made& made) { forKey(made.key, [&made] { made.channel->open(); }); });
}

void LogChannels::reopen()
{
    forEach([](Made& made) {
        if (made.guard) made.guard->reopen();
    });
}

void LogChannels::enter() const
{
    Poco::LoggingRegistry& registry = Poco::LoggingRegistry::defaultRegistry();
    for (const auto& [name, formatter] : _formatters) registry.registerFormatter(name, formatter);
    for (const auto& [name, made] : _channels) registry.registerChannel(name, made.channel);
}

void LogChannels::leave() const
{
    Poco::LoggingRegistry& registry = Poco::LoggingRegistry::defaultRegistry();
    const auto forget = [](const auto& unregister) {
        try
        {
            unregister();
        }
        catch (const Poco::NotFoundException&)
        {
            // It did not come that far.
        }
    };
    for (const auto& [name, formatter] : _formatters)
        forget([&registry, &name = name] { registry.unregisterFormatter(name); });
    for (const auto& [name, made] : _channels)
        forget([&registry, &name = name] { registry.unregisterChannel(name); });
}

LogChannels::MakeConsole LogChannels::_makeConsole = nullptr;

void LogChannels::replaceConsole(MakeConsole make)
{
    _makeConsole = make;
}

void LogChannels::registerClasses(const LogOrigin& origin)
{
    static const bool once = [&origin] {
        Poco::LoggingFactory& factory = Poco::LoggingFactory::defaultFactory();
        factory.registerChannelClass("ChildFileChannel",
                                     new Poco::Instantiator<ChildFileChannel, Poco::Channel>);
        factory.registerChannelClass("JournalChannel",
                                     new OriginInstantiator<JournalChannel, Poco::Channel>(origin));
        factory.registerFormatterClass("JsonFormatter",
                                       new OriginInstantiator<JsonFormatter, Poco::Formatter>(origin));
        return true;
    }();
    (void)once;
}

}  // namespace clustermanager::child
