/// Goal: each record is one line of the form that was asked for, and says who wrote it; no plugin forges one
/// or speaks to a terminal, wherever its record goes. Method: actors log texts that try; files, console and a
/// journal of the test's own are read line by line.
#include "HostFixture.h"

#include <Poco/Net/DatagramSocket.h>
#include <unistd.h>

#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <regex>

namespace {

using namespace clustermanager::integration;

/// ESC, LF with a record of its own, CR, NUL, DEL, C1 and bytes that are not UTF-8.
const std::string
    kHostile("x\x1b[31m\n2026-01-01T00:00:00.000000Z fatal [bank] forged\r\0\x7f\xc2\x9b\xff\xc3 end", 65);
const std::string kPlain =
    "x\\x1b[31m\\x0a2026-01-01T00:00:00.000000Z fatal [bank] forged\\x0d\\x00\\x7f\\xc2\\x9b\\xff\\xc3 end";

/// A datagram socket in the journal's place.
class Journal
{
public:
    explicit Journal(const std::string& path) : _socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0))
    {
        sockaddr_un address = {};
        address.sun_family = AF_UNIX;
        std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
        CPPUNIT_ASSERT_EQUAL(0, ::bind(_socket, reinterpret_cast<sockaddr*>(&address), sizeof address));
    }
    ~Journal() { ::close(_socket); }
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;

    /// All records so far, one after the other.
    std::string read()
    {
        char packet[65'536];
        ssize_t size = 0;
        while ((size = ::recv(_socket, packet, sizeof packet, MSG_DONTWAIT)) > 0)
            _all.append(packet, static_cast<std::size_t>(size)) += '\n';
        return _all;
    }

private:
    int _socket;
    std::string _all;
};

class LogFormatTest : public HostFixture
{
    CPPUNIT_TEST_SUITE(LogFormatTest);
    CPPUNIT_TEST(eachLineIsAnObject);
    CPPUNIT_TEST(jsonIsAFormatterForChannelsOfOnesOwn);
    CPPUNIT_TEST(noTextForgesARecordInTheDefaultLogs);
    CPPUNIT_TEST(noTextForgesARecordInPocosFiles);
    CPPUNIT_TEST(noLastWordsForgeARecordOfTheHost);
    CPPUNIT_TEST(theJournalGetsRecordsWithTheirFields);
    CPPUNIT_TEST(aWrongLoggingKeyStopsTheStart);
    CPPUNIT_TEST_SUITE_END();

    static void assertPlain(const std::string& text)
    {
        for (const char c : text)
            CPPUNIT_ASSERT_MESSAGE(text, c == '\n' || static_cast<unsigned char>(c) >= 0x20);
        CPPUNIT_ASSERT(text.find('\x7f') == std::string::npos && text.find("\xc2\x9b") == std::string::npos);
    }

    static std::vector<Poco::JSON::Object::Ptr> objectsOf(const std::string& text)
    {
        std::vector<Poco::JSON::Object::Ptr> objects;
        for (const std::string& line : linesOf(text)) objects.push_back(parseObject(line));
        return objects;
    }

    void logHostile(int id) const
    {
        probe(id).ask("log 2 " + kHostile.substr(0, kHostile.find('\0')));
        probe(id).ask("poco-log " + kHostile);  // past our API
    }

public:
    void eachLineIsAnObject()
    {
        actors(2);
        set("logging.format", "json");
        startReady();
        logHostile(2);
        probe(2).ask("log 4 " + std::string(60'000, '"'));
        const auto lines = objectsOf(childLog("actor", 2));
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, lines.size());
        static const std::regex time(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z)");
        for (const auto& line : lines)
        {
            CPPUNIT_ASSERT(std::regex_match(line->getValue<std::string>("time"), time));
            CPPUNIT_ASSERT_EQUAL(std::string("actor"), line->getValue<std::string>("logger"));
            CPPUNIT_ASSERT_EQUAL(std::string("actor"), line->getValue<std::string>("group"));
            CPPUNIT_ASSERT_EQUAL(2, line->getValue<int>("id"));
            CPPUNIT_ASSERT_EQUAL(static_cast<int>(status().child(2).pid), line->getValue<int>("pid"));
            CPPUNIT_ASSERT(line->getValue<int>("thread") > 0);
        }
        CPPUNIT_ASSERT_EQUAL(kHostile.substr(0, kHostile.find('\xff')),
                             lines[1]->getValue<std::string>("message").substr(0, kHostile.find('\xff')));
        CPPUNIT_ASSERT_EQUAL(std::string("info"), lines[1]->getValue<std::string>("level"));
        CPPUNIT_ASSERT_EQUAL(std::string("error"), lines[2]->getValue<std::string>("level"));
        assertPlain(childLog("actor", 2));

        CPPUNIT_ASSERT_EQUAL(0, stop());
        bool serving = false;
        for (const auto& line : objectsOf(output()))
        {
            CPPUNIT_ASSERT(!line->has("group") && !line->has("id"));
            serving = serving || line->getValue<std::string>("message").find("serving as process") == 0;
        }
        CPPUNIT_ASSERT(serving);
    }

    void jsonIsAFormatterForChannelsOfOnesOwn()
    {
        actors(1);
        set("logging.formatters.json.class", "JsonFormatter");
        set("logging.channels.file.class", "FileChannel");
        set("logging.channels.file.path", path("log/") + "own-${system.env.CM_CHILD_ID}.json");
        set("logging.channels.file.formatter", "json");
        set("logging.loggers.root.channel", "file");
        startReady();
        logHostile(1);
        const auto lines = objectsOf(readFile(path("log/own-1.json")));
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, lines.size());
        CPPUNIT_ASSERT_EQUAL(1, lines[0]->getValue<int>("id"));
        const auto master = objectsOf(readFile(path("log/own-master.json")));
        CPPUNIT_ASSERT(!master.empty() && !master[0]->has("id"));
    }

    void noTextForgesARecordInTheDefaultLogs()
    {
        actors(1);
        startReady();
        logHostile(1);
        const std::string log = childLog("actor", 1);
        assertPlain(log);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, linesOf(log).size());
        CPPUNIT_ASSERT_MESSAGE(log, log.find("[actor] " + kPlain + "\n") != std::string::npos);
    }

    void noTextForgesARecordInPocosFiles()
    {
        for (const char* type : {"FileChannel", "SimpleFileChannel"})
        {
            actors(1);
            set("logging.channels.file.class", type);
            set("logging.channels.file.path", path("log/") + "own-${system.env.CM_CHILD_ID}.log");
            set("logging.channels.file.pattern", "%t");
            set("logging.loggers.root.channel", "file");
            startReady();
            probe(1).ask("poco-log " + kHostile);
            CPPUNIT_ASSERT_EQUAL(kPlain + "\n", readFile(path("log/own-1.log")));
            renew();
        }
    }

    void noLastWordsForgeARecordOfTheHost()
    {
        actors(1);
        restartFast();
        allowProblem("child 1");
        startReady();
        const Probe child = probe(1);
        child.ask("fail " + kHostile.substr(0, kHostile.find('\0')));
        child.ask("return 1");
        waitRestarts(1, 1);
        assertPlain(output());
        CPPUNIT_ASSERT(output().find(kPlain.substr(0, kPlain.find("\\x00"))) != std::string::npos);
        for (const std::string& line : linesOf(output()))
            CPPUNIT_ASSERT_MESSAGE(line, line.find("2026-01-01") != 0);
    }

    void theJournalGetsRecordsWithTheirFields()
    {
        Journal journal(path("files/journal"));
        actors(2);
        set("logging.channels.journal.class", "JournalChannel");
        set("logging.channels.journal.path", path("files/journal"));
        set("logging.channels.journal.identifier", "my-host");
        set("logging.loggers.root.channel", "journal");
        startReady();
        probe(2).ask("log 4 it burns");
        CPPUNIT_ASSERT(waitFor([&] {
            return journal.read().find("MESSAGE=it burns\nPRIORITY=3\nSYSLOG_IDENTIFIER=my-host\n"
                                       "CM_LOGGER=actor\nCM_GROUP=actor\nCM_CHILD_ID=2\nTID=") !=
                   std::string::npos;
        }));
        CPPUNIT_ASSERT(
            journal.read().find("PRIORITY=6\nSYSLOG_IDENTIFIER=my-host\nCM_LOGGER=clustermanager\nTID=") !=
            std::string::npos);
    }

    void aWrongLoggingKeyStopsTheStart()
    {
        actors(1);
        set("logging.channels.file.class", "FlieChannel");
        expectProblem("logging.channels.file.class: Not found: FlieChannel");
        CPPUNIT_ASSERT_EQUAL(78, startAndEnd());
        argument("--check-config");
        CPPUNIT_ASSERT_EQUAL(78, startAndEnd());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LogFormatTest);

}  // namespace
