/// Changes everything that can be changed, in an order drawn from a seed, while 32 clients ask as fast as
/// they are answered and judge strictly.
///
///     soak [MINUTES [SEED]]
///
/// In calm times no request may be lost. In between children are killed: then at most the requests may be
/// lost that were in the hands of those, and none refused. Ends with the totals; the exit code is 0 where all
/// of that held and the host left nothing behind.
#include <cppunit/Exception.h>

#include <cstdlib>
#include <exception>
#include <iostream>
#include <map>
#include <random>
#include <string>

#include "integration/ServingHost.h"

namespace {

using namespace clustermanager;
using load::Loss;
using load::Tally;
using Seconds = std::chrono::duration<double>;

class Soak : public integration::ServingHost
{
public:
    Soak(Seconds time, unsigned seed)
        : _end(load::Clock::now() + std::chrono::duration_cast<load::Clock::duration>(time)), _random(seed)
    {}

    void run()
    {
        setUp();
        // What is killed, and reloads that are taken back because of it, are reported.
        allowProblem("child ");
        allowProblem("reload to generation ");
        serve();
        do
        {
            calm();
            rough();
        } while (load::Clock::now() < _end);
        scale(kCount);  // as many descriptors as in the beginning
        tearDown();
    }

    using HostFixture::output;

    void printTotals() const
    {
        std::cout << "calm:  " << _calm.text() << "\nrough: " << _rough.numbers() << "\n       at most "
                  << _bound << " could be lost\nsteps:";
        for (const auto& [name, count] : _taken) std::cout << ' ' << name << ' ' << count;
        std::cout << std::endl;
    }

private:
    static constexpr unsigned kCalmSteps = 24;
    static constexpr unsigned kRoughSteps = 6;

    unsigned draw(unsigned below) { return std::uniform_int_distribution<unsigned>(0, below - 1)(_random); }

    void calm()
    {
        beginLoad();
        for (unsigned i = 0; i < kCalmSteps && load::Clock::now() < _end; ++i)
        {
            const Step& step = kSteps.at(draw(kStepCount));
            std::cout << step.name << ' ' << std::flush;
            ++_taken[step.name];
            (this->*step.take)();
            waitAnswers(draw(2000));
        }
        const Tally tally = endLoad();
        _calm += tally;
        std::cout << ": " << tally.answered << " answered" << std::endl;
        CPPUNIT_ASSERT_EQUAL_MESSAGE(output() + tally.text(), std::uint64_t{0}, tally.lost());
        CPPUNIT_ASSERT_EQUAL_MESSAGE(tally.text(), std::uint64_t{0}, tally.resetAfterAnswer);
    }

    void rough()
    {
        beginLoad();
        std::uint64_t bound = 0;
        for (unsigned i = 0; i < kRoughSteps && load::Clock::now() < _end; ++i)
        {
            const bool inReload = draw(2) == 0;
            std::cout << (inReload ? "kill-in-reload " : "kill ") << std::flush;
            ++_taken[inReload ? "kill-in-reload" : "kill"];
            bound += inReload ? killInReload(draw(100)) : killChild(draw(100));
            waitAnswers(draw(2000));
        }
        const Tally tally = endLoad();
        _rough += tally;
        _bound += bound;
        std::cout << ": " << tally.answered << " answered, " << tally.lost() << " lost" << std::endl;
        CPPUNIT_ASSERT_MESSAGE(output() + tally.text(), tally.lost() <= bound);
        for (const Loss loss : {Loss::Refused, Loss::Wrong, Loss::TimedOut, Loss::NoSocket})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(output() + tally.text(), std::uint64_t{0}, tally.of(loss));
        waitSettled("all should be well again");
    }

    const load::Clock::time_point _end;
    std::mt19937 _random;
    Tally _calm;
    Tally _rough;
    std::uint64_t _bound = 0;
    std::map<std::string, unsigned> _taken;
};

/// A positive number, or the end of the program.
double number(const char* text)
{
    char* end = nullptr;
    const double value = std::strtod(text, &end);
    if (*end == '\0' && value > 0) return value;
    std::cerr << "usage: soak [MINUTES [SEED]]" << std::endl;
    std::exit(EXIT_FAILURE);  // NOLINT(concurrency-mt-unsafe): there is one thread
}

}  // namespace

int main(int count, char** arguments)
{
    const double minutes = count > 1 ? number(arguments[1]) : 1;
    const auto seed = count > 2 ? static_cast<unsigned>(number(arguments[2])) : std::random_device{}();
    std::cout << minutes << " minutes, seed " << seed << std::endl;
    Soak soak(Seconds(minutes * 60), seed);
    bool held = false;
    try
    {
        soak.run();
        held = true;
    }
    catch (const CppUnit::Exception& failure)
    {
        std::cerr << '\n'
                  << failure.sourceLine().fileName() << ':' << failure.sourceLine().lineNumber() << ": "
                  << failure.what() << "\nThe host said:\n"
                  << soak.output() << std::endl;
    }
    catch (const std::exception& failure)
    {
        std::cerr << '\n' << failure.what() << std::endl;
    }
    soak.printTotals();
    std::cout << "count: " << (held ? 1 : 0) << " passed, " << (held ? 0 : 1) << " failed" << std::endl;
    return held ? EXIT_SUCCESS : EXIT_FAILURE;
}
