/// Goal: a state comes back as it was sealed; one of another format, or a broken one, is refused with a
/// reason. Method: a small state of a made-up host, changed byte by byte.

#include <cppunit/extensions/HelperMacros.h>

#include <fcntl.h>

#include <string>

#include "app/HostState.h"
#include "base/SealedFile.h"
#include "core/Supervisor.h"

namespace clustermanager::app::test {

class HostStateTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(HostStateTest);
    CPPUNIT_TEST(comesBackAsItWas);
    CPPUNIT_TEST(namesTheDescriptorsItNeeds);
    CPPUNIT_TEST(otherFormatsAreRefused);
    CPPUNIT_TEST(brokenStatesAreRefused);
    CPPUNIT_TEST_SUITE_END();

    FileDescriptor _listener{::open("/dev/null", O_RDONLY | O_CLOEXEC)};

    HostState sample() const
    {
        HostState state;
        state.version = "1.2.3";
        state.source.files = {"/etc/cm.ini"};
        state.control.tcp = handed(_listener);
        state.pidFile = PidFile::State{"/run/cm.pid", {}};
        state.master.config.controlSocket = "/run/cm.sock";
        core::GroupPolicy policy{"web"};
        policy.count = 2;
        core::Supervisor supervisor({policy}, 1);
        (void)supervisor.begin(TimePoint(std::chrono::hours(1)));
        FieldWriter out;
        supervisor.save(out);
        state.master.supervisor = out.take();
        return state;
    }

    static Bytes bytesOf(const SealedState& sealed) { return readWhole(sealed.file, 1'000'000).value(); }

    static std::string refusal(const Bytes& bytes)
    {
        const FileDescriptor file = std::move(sealBytes("test", bytes.data(), bytes.size()).value());
        const auto read = readState(file.get());
        const auto* problem = std::get_if<std::string>(&read);
        return problem == nullptr ? "" : *problem;
    }

    void comesBackAsItWas()
    {
        const SealedState sealed = seal(sample());
        const auto read = readState(sealed.file.get());
        CPPUNIT_ASSERT(std::holds_alternative<HostState>(read));
        const HostState& back = std::get<HostState>(read);
        CPPUNIT_ASSERT_EQUAL(std::string("1.2.3"), back.version);
        CPPUNIT_ASSERT_EQUAL(std::string("/etc/cm.ini"), back.source.files.at(0));
        CPPUNIT_ASSERT_EQUAL(std::string("/run/cm.pid"), back.pidFile->path);
        CPPUNIT_ASSERT_EQUAL(std::string("/run/cm.sock"), back.master.config.controlSocket);
        CPPUNIT_ASSERT(back.master.supervisor == sample().master.supervisor);
        CPPUNIT_ASSERT(bytesOf(seal(back)) == bytesOf(sealed));
    }

    void namesTheDescriptorsItNeeds()
    {
        CPPUNIT_ASSERT(seal(sample()).handed == std::vector<int>{_listener.get()});
        CPPUNIT_ASSERT(missing(sample()).empty());
        HostState state = sample();
        const int closed = ::fcntl(_listener.get(), F_DUPFD_CLOEXEC, 500);
        FileDescriptor(closed).reset();
        state.control.socket.number = closed;
        CPPUNIT_ASSERT(missing(state) == std::vector<int>{closed});
    }

    void otherFormatsAreRefused()
    {
        const Bytes good = bytesOf(seal(sample()));
        CPPUNIT_ASSERT_EQUAL(std::string(), refusal(good));
        const std::pair<std::size_t, const char*> kinds[] = {{0, "the state it was given is none"},
                                                             {4, "writes its state in format"},
                                                             {8, "children speak version"}};
        for (const auto& [position, words] : kinds)
        {
            Bytes other = good;
            ++other[position];
            CPPUNIT_ASSERT_MESSAGE(refusal(other), refusal(other).find(words) != std::string::npos);
        }
    }

    void brokenStatesAreRefused()
    {
        const Bytes good = bytesOf(seal(sample()));
        for (std::size_t size = 0; size < good.size(); ++size)
            CPPUNIT_ASSERT(
                !refusal(Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size))).empty());
        HostState state = sample();
        state.master.supervisor.pop_back();
        CPPUNIT_ASSERT(refusal(bytesOf(seal(state))).find("supervisor") != std::string::npos);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(HostStateTest);

}  // namespace clustermanager::app::test
