#pragma once

#include <fcntl.h>
#include <grp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>

#include "HostFixture.h"
#include "access/Tokens.h"
#include "base/FileDescriptor.h"

namespace clustermanager::integration {

/// A child of the test, waited for at the end of its scope.
class Reaped
{
public:
    explicit Reaped(pid_t pid) : _pid(pid) {}
    ~Reaped() { (void)status(); }
    Reaped(const Reaped&) = delete;
    Reaped& operator=(const Reaped&) = delete;

    /// The wait status.
    int status()
    {
        if (_pid > 0) (void)::waitpid(std::exchange(_pid, -1), &_status, 0);
        return _status;
    }

private:
    pid_t _pid;
    int _status = -1;
};

/// Hosts with tokens, and clients that are other users.
class AccessFixture : public HostFixture
{
protected:
    static bool isRoot() { return ::geteuid() == 0; }

    /// The status of a request over the socket by a process of another user: 0 without an answer, -1 where it
    /// cannot connect.
    int askAs(uid_t uid, const std::vector<gid_t>& groups, const std::string& request) const
    {
        int report[2];
        CPPUNIT_ASSERT_EQUAL(0, ::pipe2(report, O_CLOEXEC));
        const FileDescriptor reading(report[0]);
        FileDescriptor writing(report[1]);
        const std::string socket = path("run/control.sock");
        const pid_t child = ::fork();
        if (child == 0)
        {
            const bool become = ::setgroups(groups.size(), groups.data()) == 0 &&
                                ::setresgid(uid, uid, uid) == 0 && ::setresuid(uid, uid, uid) == 0;
            const int status = become ? statusByRawSocket(socket, request) : -2;
            (void)!::write(writing.get(), &status, sizeof status);
            ::_exit(0);
        }
        writing.reset();
        int status = -3;
        CPPUNIT_ASSERT_EQUAL(ssize_t{sizeof status}, ::read(reading.get(), &status, sizeof status));
        ::waitpid(child, nullptr, 0);
        CPPUNIT_ASSERT(status > -2);
        return status;
    }

    /// Fit for between fork and exit.
    static int statusByRawSocket(const std::string& socket, const std::string& request)
    {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, socket.data(), socket.size());
        const FileDescriptor client(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        if (::connect(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
            return -1;
        char bytes[256];
        const int size = ::snprintf(bytes, sizeof bytes, "%s HTTP/1.1\r\nHost: x\r\n\r\n", request.c_str());
        if (::send(client.get(), bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL) != size) return 0;
        char answer[13] = {};
        return ::recv(client.get(), answer, 12, MSG_WAITALL) == 12 ? std::atoi(answer + 9) : 0;
    }

    /// The folders of the test are its own alone; others have to get through to the socket.
    void openFolders() const
    {
        CPPUNIT_ASSERT_EQUAL(0, ::chmod(path("").c_str(), 0711));
        CPPUNIT_ASSERT_EQUAL(0, ::chmod(path("run").c_str(), 0711));
    }

    std::string endpoint(const std::string& scheme = "http") const
    {
        const std::string start = "control port: " + scheme + "://";
        waitOutput(start);
        const std::string text = output();
        const std::size_t begin = text.rfind(start) + start.size();
        return text.substr(begin, text.find('/', begin) - begin);
    }

    int statusWith(const std::string& token, const std::string& method, const std::string& target) const
    {
        return request(Poco::Net::SocketAddress(endpoint()), method, target,
                       token.empty() ? std::vector<std::string>{}
                                     : std::vector<std::string>{"Authorization: Bearer " + token})
            .status;
    }

    void writePrivate(const std::string& name, const std::string& text) const
    {
        writeFile(path(name), text);
        CPPUNIT_ASSERT_EQUAL(0, ::chmod(path(name).c_str(), 0600));
    }

    void writeTokens(const access::Tokens& tokens) const
    {
        std::string text = "# who may\n";
        for (const access::Token& token : tokens) text += writeToken(token) + "\n";
        writePrivate("files/tokens", text);
    }

    static access::Token token(const std::string& name, const std::string& role, const std::string& secret)
    {
        return access::hashed(name, *access::roleByName(role), secret);
    }

    void startWithTokens()
    {
        actors(1);
        writeTokens(
            {token("ops", "operate", "secret-of-ops-one"), token("view", "read", "secret-of-view-1")});
        set("cluster.webServerTokensFile", path("files/tokens"));
        set("cluster.webServerPort", "0");
        startReady();
    }

    void assertNothingHappened() const
    {
        CPPUNIT_ASSERT_EQUAL(0u, status().child(1).restarts);
        CPPUNIT_ASSERT_EQUAL(std::string("ready"), status().child(1).state);
    }

    void assertHas(const std::string& text) const
    {
        CPPUNIT_ASSERT_MESSAGE("'" + text + "' is missing in:\n" + output(),
                               output().find(text) != std::string::npos);
    }

    std::size_t occurrences(const std::string& text) const
    {
        std::size_t count = 0;
        for (const std::string& line : linesOf(output()))
            count += line.find(text) != std::string::npos ? 1 : 0;
        return count;
    }
};

}  // namespace clustermanager::integration
