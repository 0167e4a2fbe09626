#include "runtime/ConfigReader.h"

#include <utility>

#include "base/PatientMemory.h"
#include "base/ThreadStart.h"

namespace clustermanager::runtime {

ConfigReader::~ConfigReader()
{
    if (_thread.joinable()) _thread.join();
}

void ConfigReader::start()
{
    _reading = true;
    Result<std::thread> started = startThread([this] {
        const PatientMemory patient(PatientMemory::Reserve::None);
        (void)_outcomes.push(_read());
    });
    if (started)
        _thread = std::move(started.value());
    else
        (void)_outcomes.push(std::vector<config::ConfigProblem>{
            {"", "the files cannot be read now: " + started.error().text()}});
}

std::optional<config::ConfigSource::Outcome> ConfigReader::take()
{
    std::optional<config::ConfigSource::Outcome> outcome = _outcomes.take();
    if (outcome)
    {
        if (_thread.joinable()) _thread.join();
        _reading = false;
        (void)_outcomes.take();  // nothing more: the wake-up is taken back
    }
    return outcome;
}

}  // namespace clustermanager::runtime
