/// A Poco ServerApplication as anybody would write it. Only its last line is new: it was
/// POCO_SERVER_MAIN(TimeReporter).
///
/// Keys of [plugin.server_main]: period in milliseconds.
#include <clustermanager/poco.hpp>

#include <Poco/DateTimeFormatter.h>
#include <Poco/Timer.h>
#include <Poco/Timestamp.h>
#include <Poco/Util/ServerApplication.h>

#include <string>
#include <vector>

CM_PLUGIN("server_main", "1.0")

class TimeReporter : public Poco::Util::ServerApplication
{
protected:
    int main(const std::vector<std::string>&) override
    {
        Poco::Timer timer(0, config().getInt("period", 60'000));
        timer.start(Poco::TimerCallback<TimeReporter>(*this, &TimeReporter::report));
        waitForTerminationRequest();
        timer.stop();
        logger().information("good bye");
        return EXIT_OK;
    }

private:
    void report(Poco::Timer&)
    {
        logger().information("it is " + Poco::DateTimeFormatter::format(Poco::Timestamp(), "%H:%M:%S"));
    }
};

CM_SERVER_MAIN(TimeReporter)
