#include "cmctl/Application.h"

#include <unistd.h>

#include <Poco/Util/OptionException.h>

#include <iostream>
#include <utility>

#include "base/PrintableText.h"
#include "cmctl/Change.h"
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

/// `--wait` without a duration waits as long as it may. To Poco such an option would be one whose value has
/// to be written with it, and `-w 2m` two words.
std::vector<std::string> withWholeWait(std::vector<std::string> words)
{
    const auto isDuration = [](const std::string& word) {
        return !word.empty() && word[0] >= '0' && word[0] <= '9';
    };
    for (std::size_t i = 1; i < words.size() && words[i] != "--"; ++i)
        if ((words[i] == "--wait" || words[i] == "-w") &&
            (i + 1 == words.size() || !isDuration(words[i + 1])))
            words[i] = "--wait=" + std::to_string(kLongestWait.count());
    return words;
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
        init(withWholeWait(commandLine));
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
