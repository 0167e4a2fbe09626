#include "runtime/ConfigReader.h"

#include <utility>

namespace clustermanager::runtime {

ConfigReader::~ConfigReader()
{
    if (_thread.joinable()) _thread.join();
}

void ConfigReader::start()
{
    _thread = std::thread([this] { (void)_outcomes.push(_read()); });
}

std::optional<config::ConfigSource::Outcome> ConfigReader::take()
{
    std::optional<config::ConfigSource::Outcome> outcome = _outcomes.take();
    if (outcome)
    {
        _thread.join();
        (void)_outcomes.take();  // nothing more: the wake-up is taken back
    }
    return outcome;
}

}  // namespace clustermanager::runtime
