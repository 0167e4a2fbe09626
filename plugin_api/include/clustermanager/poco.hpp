#pragma once

/// The plugin API for Poco services. Poco::Logger::get() needs nothing: the host has hung Poco's loggers on
/// the child's log already, and the level obeys the operator at run time.
///
///     cm::configuration(child)             the plugin's section as a Poco configuration
///     cm::serverSocket(child, "http")      a named listener as a Poco::Net::ServerSocket
///     cm::HTTPService                      an HTTP server that accepts only what it can serve at once
///     cm::ChildReactor                     a SocketReactor that beats and learns of the stop
///     cm::CountedRequests                  around the handlers of a plain Poco HTTPServer: counts, drains
///     cm::drain(server)                    stops a plain Poco server without dropping what it has accepted
///     CM_SERVER_MAIN(MyServerApplication)  a Poco::Util::ServerApplication as a plugin

#include "clustermanager/plugin.hpp"
#include "clustermanager/poco/configuration.hpp"
#include "clustermanager/poco/counted_requests.hpp"
#include "clustermanager/poco/drain.hpp"
#include "clustermanager/poco/http_service.hpp"
#include "clustermanager/poco/reactor.hpp"
#include "clustermanager/poco/server_main.hpp"
#include "clustermanager/poco/server_socket.hpp"

#include <Poco/Exception.h>
#include <Poco/Version.h>

namespace cm::detail {

inline std::string describePoco()
{
    try
    {
        throw;
    }
    catch (const Poco::Exception& problem)
    {
        return problem.displayText();
    }
    catch (...)
    {
        return describeStandard();
    }
}

inline const bool pocoIsDescribed = (describe = &describePoco, true);

}  // namespace cm::detail

/// Which Poco the plugin was built against, for the host to see before it maps the plugin.
namespace {
CM_NOTE_SECTION const cm_poco_note cmPocoNote = {11u, 4u, CM_NOTE_POCO, CM_NOTE_OWNER, POCO_VERSION};
}  // namespace
