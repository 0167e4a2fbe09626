#include "Contender.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <stdexcept>

#include "HttpClient.h"
#include "UnixRequest.h"
#include "integration/Files.h"
#include "integration/Processes.h"

namespace clustermanager::bench {

namespace {

constexpr Millis kPatience{20'000};
constexpr const char* kNginx = "/usr/sbin/nginx";

class Ours : public Contender
{
public:
    Ours(const Bed& bed, const char* name, const std::string& plugin, const std::string& group)
        : Ours(bed, name, plugin, group, freePort())
    {}

    const char* name() const override { return _name; }

    void reload() const override
    {
        const std::string answer = unixRequest(_socket, "/groups/" + _group + "/reload", "POST");
        if (answer.find(" 202 ") == std::string::npos)
            throw std::runtime_error("the host does not reload: " + answer);
    }

    std::vector<pid_t> workers() const override
    {
        std::vector<pid_t> workers;
        for (const pid_t spawner : integration::spawnersOf(_host.master()))
            for (const pid_t child : integration::childrenOf(spawner))
                if (integration::readFile("/proc/" + std::to_string(child) + "/comm") != "cm-spare\n")
                    workers.push_back(child);
        return workers;
    }

private:
    Ours(const Bed& bed, const char* name, const std::string& plugin, const std::string& group,
         std::uint16_t port)
        : Contender(port), _name(name), _group(group),
          _socket(bed.folder.path() + "/" + group + "/run/clustermanager.sock"),
          _host(bed, group, plugin,
                {{"count", std::to_string(kWorkers)},
                 {"threads", "1"},
                 {"listen.http", "127.0.0.1:" + std::to_string(port)}})
    {
        _host.waitReady(kWorkers, kPatience);
    }

    const char* _name;
    const std::string _group;
    const std::string _socket;
    const Host _host;
};

/// A server of another make, in a process group of its own; SIGHUP reloads it. Ended at once, with all of it.
class Foreign : public Contender
{
public:
    Foreign(const char* name, std::uint16_t port, integration::Launch launch)
        : Contender(port), _name(name), _process(inOwnGroup(std::move(launch)))
    {}

    ~Foreign() override
    {
        (void)::kill(-_process.pid(), SIGKILL);
        (void)_process.waitForEnd();
        while (::waitpid(-_process.pid(), nullptr, 0) > 0)
        {}
    }
    Foreign(const Foreign&) = delete;
    Foreign& operator=(const Foreign&) = delete;

    const char* name() const override { return _name; }
    void reload() const override { _process.signal(SIGHUP); }
    std::vector<pid_t> workers() const override { return integration::childrenOf(_process.pid()); }

private:
    static integration::Launch inOwnGroup(integration::Launch launch)
    {
        launch.before = [] { (void)::setpgid(0, 0); };
        return launch;
    }

    const char* _name;
    integration::HostProcess _process;
};

std::unique_ptr<Contender> bareServer(const Bed& bed)
{
    const std::uint16_t port = freePort();
    integration::Launch launch = bed.launch(BENCH_BARE_SERVER);
    launch.arguments = {std::to_string(port), std::to_string(Contender::kWorkers)};
    return std::make_unique<Foreign>("bare loop", port, std::move(launch));
}

std::unique_ptr<Contender> nginx(const Bed& bed)
{
    const std::uint16_t port = freePort();
    const std::string folder = bed.folder.path() + "/nginx";
    (void)::mkdir(folder.c_str(), 0755);
    std::string text = "daemon off;\nworker_processes " + std::to_string(Contender::kWorkers) +
                       ";\npid pid;\nerror_log error.log;\nevents {}\nhttp {\naccess_log off;\n";
    if (::geteuid() == 0) text = "user root;\n" + text;
    for (const char* temporary : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"})
        text += std::string(temporary) + "_temp_path " + temporary + ";\n";
    text += "server {\nlisten 127.0.0.1:" + std::to_string(port) +
            ";\nlocation / { return 200 \"Hello\\n\"; }\n}\n}\n";
    integration::writeFile(folder + "/nginx.conf", text);
    integration::Launch launch = bed.launch(kNginx);
    launch.arguments = {"-p", folder, "-e", "error.log", "-c", "nginx.conf"};
    return std::make_unique<Foreign>("nginx", port, std::move(launch));
}

}  // namespace

std::vector<std::unique_ptr<Contender>> startContenders(const Bed& bed)
{
    std::vector<std::unique_ptr<Contender>> contenders;
    contenders.push_back(std::make_unique<Ours>(bed, "ours", BENCH_SERVE_PLUGIN, "bench_serve"));
    contenders.push_back(bareServer(bed));
    contenders.push_back(std::make_unique<Ours>(bed, "hello (Poco)", BENCH_HELLO_PLUGIN, "hello"));
    if (integration::exists(kNginx)) contenders.push_back(nginx(bed));
    for (const auto& contender : contenders)
        if (!waitAnswering(contender->port(), kPatience))
            throw std::runtime_error(std::string(contender->name()) + " does not answer:\n" + bed.output());
    return contenders;
}

}  // namespace clustermanager::bench
