#include "Commands.h"

#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <fcntl.h>
#include <grp.h>
#include <poll.h>

#include <Poco/Logger.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <system_error>
#include <utility>
#include <vector>

#include "Crash.h"
#include "Metering.h"

namespace {

std::pair<std::string, std::string> cut(const std::string& line)
{
    const std::size_t space = line.find(' ');
    return {line.substr(0, space), space == std::string::npos ? "" : line.substr(space + 1)};
}

std::string who(const cm_context* context)
{
    return "{\"id\":" + std::to_string(context->child_id) +
           ",\"index\":" + std::to_string(context->child_index) + ",\"pid\":" + std::to_string(::getpid()) +
           ",\"restarts\":" + std::to_string(context->restarts) +
           ",\"isRestart\":" + (context->is_restart != 0 ? "true" : "false") +
           ",\"generation\":" + std::to_string(context->generation) + ",\"group\":\"" + context->group +
           "\"}";
}

std::string grandchild(bool ownSession)
{
    int report[2];
    if (::pipe2(report, O_CLOEXEC) != 0) return "pipe failed";
    if (::fork() == 0)
    {
        if (ownSession) ::setsid();
        const pid_t pid = ::fork();
        if (pid != 0) ::_exit(::write(report[1], &pid, sizeof pid) == sizeof pid ? 0 : 1);
        std::signal(SIGTERM, SIG_IGN);
        std::signal(SIGHUP, SIG_IGN);
        for (;;) ::pause();
    }
    pid_t pid = 0;
    const bool told = ::read(report[0], &pid, sizeof pid) == sizeof pid;
    ::close(report[0]);
    ::close(report[1]);
    return told ? std::to_string(pid) : "fork failed";
}

std::string printed(std::size_t bytes)
{
    const std::string line(99, 'x');
    for (std::size_t written = 0; written < bytes; written += line.size() + 1) std::puts(line.c_str());
    std::fflush(stdout);
    return "ok";
}

/// Nothing of it may work for a process whose rights were taken away.
std::string becomeRoot()
{
    std::string open;
    if (::setuid(0) == 0) open += "setuid\n";
    if (::setresuid(0, 0, 0) == 0) open += "setresuid\n";
    if (::setresgid(0, 0, 0) == 0) open += "setresgid\n";
    const gid_t root = 0;
    if (::setgroups(1, &root) == 0) open += "setgroups\n";
    if (::open("/etc/shadow", O_RDONLY | O_CLOEXEC) >= 0) open += "/etc/shadow\n";
    if (::chroot("/") == 0) open += "chroot\n";
    return open.empty() ? "(none)" : open;
}

[[noreturn]] void hang()
{
    for (;;) ::poll(nullptr, 0, -1);
}

/// Of pages that are its own: a memory that was only set aside counts for nothing.
void eat(std::size_t bytes)
{
    static std::vector<std::vector<char>> eaten;
    eaten.emplace_back(bytes, 'x');
}

/// What ends it.
std::string openAll()
{
    while (::open("/dev/null", O_RDONLY | O_CLOEXEC) >= 0)
    {}
    return std::generic_category().message(errno);
}

[[noreturn]] void spin()
{
    sigset_t all;
    sigfillset(&all);
    ::sigprocmask(SIG_SETMASK, &all, nullptr);
    for (volatile unsigned turns = 0;; turns = turns + 1)
    {}
}

}  // namespace

Commands::Commands(cm_context* context, const std::string& path) : _context(context), _table(table())
{
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    ::unlink(path.c_str());
    _socket = ::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (::bind(_socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(_socket, 8) != 0)
        throw std::runtime_error("no probe socket at " + path);
    context->on_message(
        context,
        [](void* self, int32_t from, const void* data, size_t size) {
            auto& commands = *static_cast<Commands*>(self);
            const std::lock_guard<std::mutex> lock(commands._mutex);
            commands._received +=
                std::to_string(from) + ":" + std::string(static_cast<const char*>(data), size) + "\n";
        },
        this);
}

Commands::~Commands()
{
    _context->on_message(_context, nullptr, nullptr);
}

int Commands::run()
{
    const int listener = _context->listener(_context, _context->config(_context, "serve", ""));
    while (!_result)
    {
        // poll(2) passes over negative descriptors.
        pollfd waits[4] = {{_context->stop_fd(_context), POLLIN, 0},
                           {_socket, POLLIN, 0},
                           {_connection, POLLIN, 0},
                           {listener, POLLIN, 0}};
        const auto watchdog = static_cast<int>(_context->watchdog_ms);
        _context->beat(_context);
        if (::poll(waits, 4, watchdog > 0 ? watchdog / 4 : -1) < 0) continue;
        if (waits[0].revents != 0) return 0;
        if (waits[1].revents != 0) takeConnection();
        if (waits[2].revents != 0) takeCommand();
        if (waits[3].revents != 0) greetClient(listener);
    }
    return *_result;
}

/// The last who connects commands.
void Commands::takeConnection()
{
    if (_connection >= 0) ::close(_connection);
    _connection = ::accept4(_socket, nullptr, nullptr, SOCK_CLOEXEC);
}

void Commands::takeCommand()
{
    static char packet[65'536];
    const ssize_t size = ::recv(_connection, packet, sizeof packet, MSG_DONTWAIT);
    // What poll(2) saw was on the connection before this one.
    if (size < 0 && errno == EAGAIN) return;
    if (size > 0)
    {
        const std::string reply = answer(std::string(packet, static_cast<std::size_t>(size)));
        ::send(_connection, reply.data(), reply.size(), MSG_NOSIGNAL);
    }
    else
    {
        ::close(_connection);
        _connection = -1;
    }
}

/// "ID PID" to a client of the shared listener.
void Commands::greetClient(int listener) const
{
    // Another child may have made the shared socket a blocking one.
    (void)::fcntl(listener, F_SETFL, ::fcntl(listener, F_GETFL) | O_NONBLOCK);
    const int client = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) return;
    _context->count_accepted(_context, 1);
    const std::string text = std::to_string(_context->child_id) + " " + std::to_string(::getpid()) + "\n";
    ::send(client, text.data(), text.size(), MSG_NOSIGNAL);
    ::close(client);
}

std::string Commands::answer(const std::string& line)
{
    const auto [verb, rest] = cut(line);
    const auto found = _table.find(verb);
    return found == _table.end() ? "no such command: " + verb : found->second(rest);
}

std::string Commands::life(const std::string& verb, const std::string& rest)
{
    if (verb == "return") _result = std::stoi(rest);
    if (verb == "exit") std::exit(std::stoi(rest));
    if (verb == "crash") crash(rest);
    if (verb == "close-all")
        for (int fd = 3; fd < 1024; ++fd) ::syscall(SYS_close, fd);  // unseen by a sanitizer: others use them
    if (verb == "recycle") _context->recycle(_context);
    if (verb == "ready") _context->ready(_context);
    if (verb == "count") _context->count_requests(_context, static_cast<std::uint32_t>(std::stoul(rest)));
    if (verb == "hold") _context->hold(_context, std::stoi(rest));
    if (verb == "eat") eat(std::stoul(rest));
    if (verb == "leave")
    {
        ::send(_connection, "ok", 2, MSG_NOSIGNAL);
        crash(rest);
    }
    if (verb == "hang")
    {
        ::send(_connection, "ok", 2, MSG_NOSIGNAL);
        hang();
    }
    if (verb == "spin")
    {
        ::send(_connection, "ok", 2, MSG_NOSIGNAL);
        spin();
    }
    return "ok";
}

std::map<std::string, Commands::Command> Commands::table()
{
    cm_context* c = _context;
    std::map<std::string, Command> result{
        {"who", [c](const std::string&) { return who(c); }},
        {"log",
         [c](const std::string& rest) {
             const auto [level, text] = cut(rest);
             c->log(c, std::stoi(level), nullptr, text.c_str());
             return "ok";
         }},
        {"poco-log",
         [c](const std::string& text) {
             Poco::Logger::get(c->group).information(text);
             return "ok";
         }},
        {"fail",
         [c](const std::string& reason) {
             c->fail(c, reason.c_str());
             return "ok";
         }},
        {"enabled",
         [c](const std::string& level) { return std::to_string(c->log_enabled(c, std::stoi(level))); }},
        {"lines",
         [c](const std::string& count) {
             for (int line = 1; line <= std::stoi(count); ++line)
                 c->log(c, CM_LOG_INFO, nullptr, ("line " + std::to_string(line) + " end").c_str());
             return "ok";
         }},
        {"status",
         [c](const std::string& json) { return std::to_string(c->report_status(c, json.c_str())); }},
        {"config", [c](const std::string& key) { return c->config(c, key.c_str(), "(unset)"); }},
        {"env",
         [](const std::string& name) {
             const char* value = std::getenv(name.c_str());
             return value != nullptr ? value : "(unset)";
         }},
        {"listener", [c](const std::string& name) { return std::to_string(c->listener(c, name.c_str())); }},
        {"shutdown",
         [c](const std::string& name) {
             return std::to_string(::shutdown(c->listener(c, name.c_str()), SHUT_RDWR));
         }},
        {"blocking",
         [c](const std::string& name) {
             return std::to_string(::fcntl(c->listener(c, name.c_str()), F_SETFL, 0));
         }},
        {"send",
         [c](const std::string& rest) {
             const auto [to, text] = cut(rest);
             return std::to_string(c->send(c, std::stoi(to), text.data(), text.size()));
         }},
        {"become-root", [](const std::string&) { return becomeRoot(); }},
        {"received",
         [this](const std::string&) {
             const std::lock_guard<std::mutex> lock(_mutex);
             return _received.empty() ? "(none)" : _received;
         }},
        {"flood-messages",
         [c](const std::string& count) {
             int taken = 0;
             const std::string text(1000, 'm');
             for (int i = 0; i < std::stoi(count); ++i)
                 taken += c->send(c, CM_TO_MASTER, text.data(), text.size()) == CM_OK ? 1 : 0;
             return std::to_string(taken);
         }},
        {"flood-status",
         [c](const std::string& count) {
             int taken = 0;
             for (int i = 0; i < std::stoi(count); ++i)
                 taken += c->report_status(c, ("{\"broken\": " + std::to_string(i)).c_str()) == CM_OK ? 1 : 0;
             return std::to_string(taken);
         }},
        {"meter", [c](const std::string& words) { return meter(c, words); }},
        {"flood-metrics", [c](const std::string& count) { return floodMetrics(c, count); }},
        {"raw", [](const std::string& hex) { return sendRaw(hex); }},
        {"junk", [](const std::string& words) { return sendJunk(words); }},
        {"print", [](const std::string& bytes) { return printed(std::stoul(bytes)); }},
        {"open-all", [](const std::string&) { return openAll(); }},
        {"fork", [](const std::string&) { return grandchild(false); }},
        {"fork-setsid", [](const std::string&) { return grandchild(true); }},
    };
    for (const char* verb : {"return", "exit", "crash", "close-all", "recycle", "ready", "spin", "count",
                             "hold", "eat", "hang", "leave"})
        result[verb] = [this, verb](const std::string& rest) { return life(verb, rest); };
    return result;
}
