/// Goal: who may do what comes from files that nobody else could have written, and every fault of them is
/// named with file and line; a secret is shown by none. Method: token files, certificates, modes and groups,
/// right and wrong in each way.

#include <unistd.h>

#include "unit/access/MadeCertificates.h"
#include "unit/config/Loading.h"

namespace clustermanager::config {

using test::assertHas;
using test::good;
using test::wrong;

class AccessSectionTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(AccessSectionTest);
    CPPUNIT_TEST(tokensAreRead);
    CPPUNIT_TEST(aTokenFileGuardsAnAddress);
    CPPUNIT_TEST(aFaultInATokenFileIsNamedByFileAndLine);
    CPPUNIT_TEST(aFileThatOthersCanReadOrWriteIsRefused);
    CPPUNIT_TEST(certificatesAreRead);
    CPPUNIT_TEST(certificatesThatDoNotFitAreNamed);
    CPPUNIT_TEST(aPartOfTheCertificatesIsNotEnough);
    CPPUNIT_TEST(theModeFollowsTheGroup);
    CPPUNIT_TEST(wrongModesAndGroupsAreNamed);
    CPPUNIT_TEST_SUITE_END();

    const TemporaryFolder _folder;
    const access::Token _token = access::hashed("ops", access::Role::Operate, "0123456789abcdef");

    test::Keys tokensIn(const std::string& name) const
    {
        return {{"cluster.webServerTokensFile", _folder / name}};
    }

    test::Keys certificates(const std::string& key) const
    {
        return {{"cluster.webServerCertificate", _folder / "cert.pem"},
                {"cluster.webServerKey", _folder / key}};
    }

public:
    void tokensAreRead()
    {
        _folder.write("tokens", "# who may\n" + writeToken(_token) + "\n", 0600);
        CPPUNIT_ASSERT(good(tokensIn("tokens")).webServerTokens == access::Tokens{_token});
        _folder.write("group", writeToken(_token) + "\n", 0640);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, good(tokensIn("group")).webServerTokens.size());
        CPPUNIT_ASSERT(good({}).webServerTokens.empty());
        // Beside the one token.
        test::Keys both = tokensIn("tokens");
        both["cluster.webServerToken"] = "fedcba9876543210";
        CPPUNIT_ASSERT_EQUAL(std::string("fedcba9876543210"), good(both).webServerToken);
    }

    void aTokenFileGuardsAnAddress()
    {
        _folder.write("tokens", writeToken(_token) + "\n", 0600);
        test::Keys keys = tokensIn("tokens");
        keys["cluster.webServerPort"] = "0";
        keys["cluster.webServerAddress"] = "0.0.0.0";
        CPPUNIT_ASSERT_EQUAL(std::string("0.0.0.0"), good(keys).webServerAddress);
    }

    void aFaultInATokenFileIsNamedByFileAndLine()
    {
        _folder.write("tokens", writeToken(_token) + "\nview read my-plain-secret-token\n", 0600);
        const std::string problems = wrong(tokensIn("tokens"));
        assertHas(problems, "cluster.webServerTokensFile: '" + _folder / "tokens" + "', line 2: ");
        CPPUNIT_ASSERT(problems.find("my-plain-secret-token") == std::string::npos);
        _folder.write("none", "# nobody\n", 0600);
        assertHas(wrong(tokensIn("none")), "there is no token in it");
        _folder.write("empty", "", 0600);
        assertHas(wrong(tokensIn("empty")), "is empty");
        _folder.write("huge", std::string(70'000, '#'), 0600);
        assertHas(wrong(tokensIn("huge")), "is larger than the limit");
        assertHas(wrong(tokensIn("missing")), "No such file");
    }

    void aFileThatOthersCanReadOrWriteIsRefused()
    {
        for (const mode_t mode : {0644, 0604, 0620, 0660, 0606})
        {
            _folder.write("tokens", writeToken(_token) + "\n", mode);
            assertHas(wrong(tokensIn("tokens")), "tokens' is open to others: chmod 600 it, or 640");
        }
        if (::geteuid() != 0) return;
        _folder.write("foreign", writeToken(_token) + "\n", 0600);
        CPPUNIT_ASSERT_EQUAL(0, ::chown((_folder / "foreign").c_str(), 4711, 0));
        assertHas(wrong(tokensIn("foreign")),
                  "belongs to uid 4711: chown it to root or to the user of the host");
    }

    void certificatesAreRead()
    {
        const access::test::Made authority = access::test::makeAuthority("CA");
        const access::test::Made own = access::test::makeCertificate("localhost", authority);
        _folder.write("cert.pem", own.certificate + authority.certificate, 0644);
        _folder.write("key.pem", own.key, 0600);
        _folder.write("ca.pem", authority.certificate, 0644);
        test::Keys keys = certificates("key.pem");
        CPPUNIT_ASSERT_EQUAL(own.key, good(keys).certificates.key);
        keys["cluster.webServerClientCa"] = _folder / "ca.pem";
        keys["cluster.webServerPort"] = "0";
        keys["cluster.webServerAddress"] = "0.0.0.0";  // certificates of clients guard it
        CPPUNIT_ASSERT_EQUAL(authority.certificate, good(keys).certificates.clientCa);
    }

    void certificatesThatDoNotFitAreNamed()
    {
        const access::test::Made authority = access::test::makeAuthority("CA");
        const access::test::Made own = access::test::makeCertificate("localhost", authority);
        _folder.write("cert.pem", own.certificate, 0644);
        _folder.write("other.pem", authority.key, 0600);
        assertHas(wrong(certificates("other.pem")), "cluster.webServerKey: '" + _folder / "other.pem" +
                                                        "' is not the key of webServerCertificate");
        _folder.write("locked.pem", access::test::withPassPhrase(own.key), 0600);
        assertHas(wrong(certificates("locked.pem")), "one with a pass phrase");
        _folder.write("open.pem", own.key, 0644);
        assertHas(wrong(certificates("open.pem")), "open.pem' is open to others");
        _folder.write("cert.pem", own.certificate, 0666);
        _folder.write("key.pem", own.key, 0600);
        assertHas(wrong(certificates("key.pem")), "cert.pem' can be written by others: chmod 644 it");
        _folder.write("cert.pem", "nonsense", 0644);
        assertHas(wrong(certificates("key.pem")),
                  "cluster.webServerCertificate: '" + _folder / "cert.pem" + "' holds no");
        CPPUNIT_ASSERT(wrong(certificates("key.pem")).find("BEGIN") == std::string::npos);
    }

    void aPartOfTheCertificatesIsNotEnough()
    {
        _folder.write("a.pem", "a", 0600);
        const std::string path = _folder / "a.pem";
        assertHas(wrong({{"cluster.webServerCertificate", path}}), "needs cluster.webServerKey too");
        assertHas(wrong({{"cluster.webServerKey", path}}), "needs cluster.webServerCertificate too");
        assertHas(wrong({{"cluster.webServerClientCa", path}}),
                  "needs cluster.webServerCertificate and cluster.webServerKey");
    }

    void theModeFollowsTheGroup()
    {
        CPPUNIT_ASSERT_EQUAL(0600U, good({}).controlSocketMode);
        CPPUNIT_ASSERT(!good({}).controlSocketGroup);
        const HostConfig root = good({{"cluster.controlSocketGroup", "root"}});
        CPPUNIT_ASSERT_EQUAL(0660U, root.controlSocketMode);
        CPPUNIT_ASSERT_EQUAL(gid_t{0}, root.controlSocketGroup.value());
        CPPUNIT_ASSERT_EQUAL(gid_t{4711},
                             good({{"cluster.controlSocketGroup", "4711"}}).controlSocketGroup.value());
        for (const auto& [text, mode] : std::map<std::string, unsigned>{
                 {"0600", 0600U}, {"660", 0660U}, {"0666", 0666U}, {"0640", 0640U}})
            CPPUNIT_ASSERT_EQUAL(mode, good({{"cluster.controlSocketMode", text}}).controlSocketMode);
    }

    void wrongModesAndGroupsAreNamed()
    {
        for (const char* mode : {"0777", "0400", "0", "rw", "4660", "0670", "00660", "-1"})
            assertHas(wrong({{"cluster.controlSocketMode", mode}}), "is not an octal mode from 0600 to 0666");
        assertHas(wrong({{"cluster.controlSocketGroup", "no-such-group"}}),
                  "cluster.controlSocketGroup: 'no-such-group' is no group of this machine");
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(AccessSectionTest);

}  // namespace clustermanager::config
