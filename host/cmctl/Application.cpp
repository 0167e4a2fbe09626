#include "cmctl/Application.h"

#include <unistd.h>

#include <Poco/Util/OptionException.h>

#include <iostream>
#include <utility>

#include "base/PrintableText.h"
#include "cmctl/Failure.h"
#include "cmctl/Help.h"
#include "cmctl/Session.h"
#include "cmctl/Version.h"
#include "config/NearestKey.h"

namespace clustermanager::cmctl {

namespace {

int fail(ExitCode code, const std::string& sentence)
{
    std::cerr << "cmctl: " << sentence << std::endl;
    return static_cast<int>(code);
}

std::string unknownOption(const std::string& name)
{
    std::vector<std::string> known;
    for (const OptionRow& option : optionTable()) known.emplace_back(option.name);
    return "there is no option '" + printable(name) + "'" + config::didYouMean(name, known) +
           " (see cmctl help)";
}

/// Runs a part and turns what it throws into one sentence and an exit code.
template <class Part>
int exitCodeOf(Part part) noexcept
{
    try
    {
        return part();
    }
    catch (const OutputClosed&)
    {
        return static_cast<int>(ExitCode::Done);
    }
    catch (const Failure& failure)
    {
        return fail(failure.code(), failure.what());
    }
    catch (const Poco::Util::UnknownOptionException& problem)
    {
        return fail(ExitCode::Usage, unknownOption(problem.message()));
    }
    catch (const Poco::Util::OptionException& problem)
    {
        return fail(ExitCode::Usage, printable(problem.displayText()) + " (see cmctl help)");
    }
    catch (const Poco::Exception& problem)
    {
        return fail(ExitCode::Refused, printable(problem.displayText()));
    }
    catch (const std::exception& problem)
    {
        return fail(ExitCode::Refused, problem.what());
    }
}

}  // namespace

int Application::runCommand(const std::vector<std::string>& commandLine) noexcept
{
    return exitCodeOf([&] {
        init(commandLine);
        return run();
    });
}

void Application::defineOptions(Poco::Util::OptionSet& options)
{
    for (const OptionRow& row : optionTable())
    {
        const std::string letter = row.letter == '\0' ? "" : std::string(1, row.letter);
        Poco::Util::Option option(std::string(row.name), letter, std::string(row.text), false);
        if (!row.argument.empty()) option.argument(std::string(row.argument));
        options.addOption(option);
    }
}

void Application::handleOption(const std::string& name, const std::string& value)
{
    _options[name] = value;
}

int Application::main(const std::vector<std::string>& words)
{
    return exitCodeOf([&] { return perform(words); });
}

int Application::perform(const std::vector<std::string>& words)
{
    const bool colour =
        wantsColour(_options.count("color") != 0 ? _options["color"] : "auto", ::isatty(STDOUT_FILENO) == 1);
    Output output(std::cout, colour, terminalWidth());
    if (_options.count("version") != 0)
    {
        output.line(std::string("cmctl ") + kVersion);
        return EXIT_OK;
    }
    const Invocation invocation(words, _options);
    if (invocation.has("help"))
    {
        output.line(words.empty() ? generalHelp() : commandHelp(invocation.command()));
        return EXIT_OK;
    }
    Session session(invocation, output, config().getString("application.dir"));
    return invocation.command().run(session);
}

}  // namespace clustermanager::cmctl
