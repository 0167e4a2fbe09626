#pragma once

#include <clustermanager/plugin.h>

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>

/// The remote control of an actor: one command a packet on a SOCK_SEQPACKET socket, one answer each.
///
///     who                    its identity as JSON
///     log LEVEL TEXT         writes a record; LEVEL is 0 to 5
///     enabled LEVEL          1 where such a record would be written
///     lines N                writes N numbered records at full speed
///     status JSON            report_status; the result
///     config KEY, env NAME   the value, or "(unset)"
///     listener NAME          its descriptor
///     shutdown NAME          shutdown() on that listener
///     send TO TEXT           the result
///     received               all messages so far, "FROM:TEXT" a line
///     return CODE            run_child returns
///     exit CODE, crash KIND  see Crash.h
///     leave KIND             the same, after an answer
///     fork, fork-setsid      leaves a grandchild that ignores SIGTERM; its pid
///     poco-log TEXT          writes a record of level info through Poco's logger, whatever is in it
///     fail REASON            says why it is about to end
///     print BYTES            writes so much to standard output
///     flood-messages N, flood-status N   how many were taken
///     close-all              closes every descriptor but 0 to 2
///     blocking NAME          makes the shared listener blocking
///     recycle, ready, spin
///     raw HEX, junk BYTES PACKET   packets to the master behind the host's back
///     count N, hold N        requests served, requests in hand
///     eat BYTES              takes so much memory and keeps it
///     become-root            the ways to more rights that were open, one a line
///     hang                   does nothing more, and beats no more
///
/// Where there is a watchdog it is beaten after each command, and four times in its time.
class Commands
{
public:
    Commands(cm_context* context, const std::string& path);

    ~Commands();
    Commands(const Commands&) = delete;
    Commands& operator=(const Commands&) = delete;

    /// Until a stop is asked or `return` comes. The result of run_child.
    int run();

private:
    std::string answer(const std::string& line);
    void takeConnection();
    void takeCommand();
    void greetClient(int listener) const;
    std::string life(const std::string& verb, const std::string& rest);

    using Command = std::function<std::string(const std::string& rest)>;
    std::map<std::string, Command> table();

    cm_context* _context;
    int _socket = -1;
    int _connection = -1;
    std::optional<int> _result;
    std::map<std::string, Command> _table;
    std::mutex _mutex;
    std::string _received;  // under _mutex
};
