/// Goal: the journal gets each record with its fields, also a large one; one that does not read, or is not
/// there, costs the record and no time, and the loss is told. Method: the test is the journal, on a socket of
/// its own.

#include <Poco/AutoPtr.h>
#include <Poco/Exception.h>
#include <Poco/LoggingFactory.h>
#include <Poco/Message.h>
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <map>
#include <optional>

#include "base/SealedFile.h"
#include "child/JournalChannel.h"
#include "child/LogChannels.h"
#include "child/LogLosses.h"
#include "unit/TemporaryFolder.h"

using namespace clustermanager;
using namespace clustermanager::child;

namespace {

using Fields = std::map<std::string, std::string>;

class FakeJournal
{
public:
    explicit FakeJournal(const std::string& path)
        : _socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0))
    {
        sockaddr_un address = {};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
        CPPUNIT_ASSERT_EQUAL(0, ::bind(_socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address));
    }

    /// The next record; nothing where none waits.
    std::optional<Fields> next() const
    {
        std::string bytes(300'000, '\0');
        iovec part{bytes.data(), bytes.size()};
        alignas(cmsghdr) char room[CMSG_SPACE(sizeof(int))] = {};
        msghdr packet = {};
        packet.msg_iov = &part;
        packet.msg_iovlen = 1;
        packet.msg_control = room;
        packet.msg_controllen = sizeof room;
        const ssize_t got = ::recvmsg(_socket.get(), &packet, MSG_CMSG_CLOEXEC);
        if (got < 0) return std::nullopt;
        bytes.resize(static_cast<std::size_t>(got));
        if (cmsghdr* const passed = CMSG_FIRSTHDR(&packet); passed != nullptr)
        {
            CPPUNIT_ASSERT_EQUAL(ssize_t{0}, got);
            int file = -1;
            std::memcpy(&file, CMSG_DATA(passed), sizeof file);
            bytes = contentOfSealed(FileDescriptor(file));
        }
        return fieldsOf(bytes);
    }

private:
    static std::string contentOfSealed(const FileDescriptor& file)
    {
        CPPUNIT_ASSERT((::fcntl(file.get(), F_GET_SEALS) & F_SEAL_WRITE) != 0);
        const auto bytes = readWhole(file, 10'000'000);
        CPPUNIT_ASSERT(bytes.ok());
        return {bytes.value().begin(), bytes.value().end()};
    }

    static Fields fieldsOf(const std::string& bytes)
    {
        Fields fields;
        for (std::size_t at = 0; at < bytes.size();)
        {
            const std::size_t end = bytes.find('\n', at);
            CPPUNIT_ASSERT(end != std::string::npos);
            const std::size_t equals = bytes.find('=', at);
            CPPUNIT_ASSERT(equals < end);
            CPPUNIT_ASSERT(
                fields.emplace(bytes.substr(at, equals - at), bytes.substr(equals + 1, end - equals - 1))
                    .second);
            at = end + 1;
        }
        return fields;
    }

    FileDescriptor _socket;
};

}  // namespace

class JournalChannelTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(JournalChannelTest);
    CPPUNIT_TEST(aRecordHasItsFields);
    CPPUNIT_TEST(theHostNamesNoChild);
    CPPUNIT_TEST(noTextForgesAField);
    CPPUNIT_TEST(aLargeRecordGoesAsAFile);
    CPPUNIT_TEST(aJournalThatDoesNotReadCostsNoTime);
    CPPUNIT_TEST(aJournalThatIsNotThereIsFoundLater);
    CPPUNIT_TEST(propertiesItHasNotAreRefusedByName);
    CPPUNIT_TEST(theFactoryMakesItByName);
    CPPUNIT_TEST_SUITE_END();

    TemporaryFolder _folder;
    const std::string _path = _folder / "journal";
    LogOrigin _origin{"hello", "3"};
    Poco::AutoPtr<JournalChannel> _channel{new JournalChannel(_origin)};

    void log(const std::string& text, Poco::Message::Priority priority = Poco::Message::PRIO_INFORMATION,
             const std::string& logger = "hello.db")
    {
        _channel->log(Poco::Message(logger, text, priority));
    }

public:
    void setUp() override { _channel->setProperty("path", _path); }

private:
    void aRecordHasItsFields()
    {
        const FakeJournal journal(_path);
        _channel->setProperty("identifier", "my-host");
        log("all is well");
        CPPUNIT_ASSERT((*journal.next() == Fields{{"MESSAGE", "all is well"},
                                                  {"PRIORITY", "6"},
                                                  {"SYSLOG_IDENTIFIER", "my-host"},
                                                  {"CM_LOGGER", "hello.db"},
                                                  {"CM_GROUP", "hello"},
                                                  {"CM_CHILD_ID", "3"},
                                                  {"TID", std::to_string(::getpid())}}));
        const std::pair<Poco::Message::Priority, const char*> priorities[] = {
            {Poco::Message::PRIO_FATAL, "1"},  {Poco::Message::PRIO_CRITICAL, "2"},
            {Poco::Message::PRIO_ERROR, "3"},  {Poco::Message::PRIO_WARNING, "4"},
            {Poco::Message::PRIO_NOTICE, "5"}, {Poco::Message::PRIO_DEBUG, "7"},
            {Poco::Message::PRIO_TRACE, "7"}};
        for (const auto& [priority, number] : priorities)
        {
            log("x", priority);
            CPPUNIT_ASSERT_EQUAL(std::string(number), journal.next()->at("PRIORITY"));
        }
    }

    void theHostNamesNoChild()
    {
        const FakeJournal journal(_path);
        _origin = {};
        log("x");
        const Fields fields = *journal.next();
        CPPUNIT_ASSERT(fields.count("CM_GROUP") == 0 && fields.count("CM_CHILD_ID") == 0);
        CPPUNIT_ASSERT_EQUAL(std::string("clustermanager"), fields.at("SYSLOG_IDENTIFIER"));
    }

    void noTextForgesAField()
    {
        const FakeJournal journal(_path);
        log("x\nPRIORITY=0\n\x1b[31m", Poco::Message::PRIO_INFORMATION, "y\nCM_CHILD_ID=7");
        const Fields fields = *journal.next();
        CPPUNIT_ASSERT_EQUAL(std::string("x\\x0aPRIORITY=0\\x0a\\x1b[31m"), fields.at("MESSAGE"));
        CPPUNIT_ASSERT_EQUAL(std::string("y\\x0aCM_CHILD_ID=7"), fields.at("CM_LOGGER"));
        CPPUNIT_ASSERT_EQUAL(std::string("6"), fields.at("PRIORITY"));
        CPPUNIT_ASSERT_EQUAL(std::string("3"), fields.at("CM_CHILD_ID"));
    }

    void aLargeRecordGoesAsAFile()
    {
        const FakeJournal journal(_path);
        const std::string large(700'000, 'x');
        log(large);
        CPPUNIT_ASSERT(journal.next()->at("MESSAGE") == large);
        log(std::string(3'000'000, 'x'));
        CPPUNIT_ASSERT_EQUAL(JournalChannel::kTextMax, journal.next()->at("MESSAGE").size());
    }

    void aJournalThatDoesNotReadCostsNoTime()
    {
        const FakeJournal journal(_path);
        constexpr int kRecords = 5'000;  // far more than any queue holds
        const std::uint64_t before = LogLosses::inAll();
        for (int i = 0; i < kRecords; ++i) log(std::to_string(i));
        int taken = 0;
        for (; const std::optional<Fields> fields = journal.next(); ++taken)
            CPPUNIT_ASSERT_EQUAL(std::to_string(taken), fields->at("MESSAGE"));
        CPPUNIT_ASSERT(taken > 0 && taken < kRecords);
        CPPUNIT_ASSERT_EQUAL(static_cast<std::uint64_t>(kRecords - taken), LogLosses::inAll() - before);
        log("again");
        const Fields lost = *journal.next();
        CPPUNIT_ASSERT_EQUAL(std::to_string(kRecords - taken) + " records dropped: the journal took none",
                             lost.at("MESSAGE"));
        CPPUNIT_ASSERT_EQUAL(std::string("4"), lost.at("PRIORITY"));
        CPPUNIT_ASSERT_EQUAL(std::string("again"), journal.next()->at("MESSAGE"));
    }

    void aJournalThatIsNotThereIsFoundLater()
    {
        log("to nobody");
        const FakeJournal journal(_path);
        log("to somebody");
        CPPUNIT_ASSERT_EQUAL(std::string("1 records dropped: the journal took none"),
                             journal.next()->at("MESSAGE"));
        CPPUNIT_ASSERT_EQUAL(std::string("to somebody"), journal.next()->at("MESSAGE"));
    }

    void propertiesItHasNotAreRefusedByName()
    {
        for (const char* name : {"paht", "rotation"})
            CPPUNIT_ASSERT_THROW(_channel->setProperty(name, "x"), Poco::PropertyNotSupportedException);
        CPPUNIT_ASSERT_THROW(_channel->setProperty("path", ""), Poco::PropertyNotSupportedException);
        CPPUNIT_ASSERT_THROW(_channel->setProperty("path", std::string(200, 'x')),
                             Poco::PropertyNotSupportedException);
        CPPUNIT_ASSERT_EQUAL(_path, _channel->getProperty("path"));
    }

    void theFactoryMakesItByName()
    {
        static const LogOrigin nobody;
        LogChannels::registerClasses(nobody);
        const FakeJournal journal(_path);
        Poco::Channel::Ptr made = Poco::LoggingFactory::defaultFactory().createChannel("JournalChannel");
        made->setProperty("path", _path);
        made->log(Poco::Message("test", "made by name", Poco::Message::PRIO_INFORMATION));
        CPPUNIT_ASSERT_EQUAL(std::string("made by name"), journal.next()->at("MESSAGE"));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(JournalChannelTest);
