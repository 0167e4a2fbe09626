/// Goal: the dashboard's files arrive as they were written, may do nothing but what they must, and are for
///       everybody who may reach the port, with a token or without.
/// Method: every file against the folder it was made from, and a running control port, with a token or
/// without,
///       asked as a browser asks.
#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "control/Router.h"
#include "control/UiFiles.h"
#include "unit/control/RunningControl.h"

namespace clustermanager::control::test {

namespace {

constexpr const char* kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

std::string read(const std::filesystem::path& path)
{
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

ControlOptions withToken()
{
    ControlOptions options;
    options.tcpPort = 0;
    options.tokens = {access::hashed("ops", access::Role::Operate, "0123456789abcdef")};
    return options;
}

bool contains(std::string_view text, std::string_view part)
{
    return text.find(part) != std::string_view::npos;
}

}  // namespace

class UiRoutesTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(UiRoutesTest);
    CPPUNIT_TEST(holdsEveryFileOfItsFolder);
    CPPUNIT_TEST(servesEachFileUnderThePolicy);
    CPPUNIT_TEST(hasNoOtherFilesAndMethods);
    CPPUNIT_TEST(asksForNoTokenButForOurHost);
    CPPUNIT_TEST(sendsNothingThatIsKnownAlready);
    CPPUNIT_TEST(writesNoMarkupAndNamesNoOtherSite);
    CPPUNIT_TEST_SUITE_END();

    void holdsEveryFileOfItsFolder()
    {
        std::set<std::string> expected;
        for (const auto& entry : std::filesystem::directory_iterator(CM_UI_FOLDER))
            expected.insert(entry.path().filename());
        std::set<std::string> held;
        for (const UiFile& file : uiFiles())
        {
            held.emplace(file.name);
            CPPUNIT_ASSERT_EQUAL(read(std::filesystem::path(CM_UI_FOLDER) / file.name),
                                 std::string(file.bytes));
        }
        CPPUNIT_ASSERT(expected == held);
    }

    void servesEachFileUnderThePolicy()
    {
        const RunningControl control(withToken());
        CPPUNIT_ASSERT_EQUAL(std::string("text/html; charset=utf-8"),
                             headerOf(control.ask("GET", "/ui"), "Content-Type"));
        CPPUNIT_ASSERT_EQUAL(std::string("text/javascript; charset=utf-8"),
                             headerOf(control.ask("GET", "/ui/app.js"), "Content-Type"));
        CPPUNIT_ASSERT_EQUAL(std::string("text/css; charset=utf-8"),
                             headerOf(control.ask("GET", "/ui/style.css"), "Content-Type"));
        for (const UiFile& file : uiFiles())
        {
            const std::string reply = control.ask("GET", "/ui/" + std::string(file.name));
            CPPUNIT_ASSERT_EQUAL(200, statusOf(reply));
            CPPUNIT_ASSERT_EQUAL(std::string(file.bytes), bodyOf(reply));
            CPPUNIT_ASSERT_EQUAL(std::string(kPolicy), headerOf(reply, "Content-Security-Policy"));
            CPPUNIT_ASSERT_EQUAL(std::string("nosniff"), headerOf(reply, "X-Content-Type-Options"));
            CPPUNIT_ASSERT_EQUAL(std::string("no-referrer"), headerOf(reply, "Referrer-Policy"));
            CPPUNIT_ASSERT_EQUAL(std::string("no-cache"), headerOf(reply, "Cache-Control"));
        }
        CPPUNIT_ASSERT_EQUAL(bodyOf(control.ask("GET", "/ui/index.html")), bodyOf(control.ask("GET", "/ui")));
    }

    void hasNoOtherFilesAndMethods()
    {
        const RunningControl control;
        const auto status = [&](const char* method, const char* target) {
            return statusOf(control.ask(method, target));
        };
        for (const char* target : {"/ui/x.js", "/ui/App.js", "/ui/..", "/ui/UiFiles.h", "/ui/app.js/x"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(target, 404, status("GET", target));
        for (const char* target : {"/ui/", "/ui/..%2FRouter.cpp", "/ui?x=1", "/ui/app.js?v=1"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(target, 400, status("GET", target));
        CPPUNIT_ASSERT_EQUAL(200, status("HEAD", "/ui"));
        CPPUNIT_ASSERT_EQUAL(405, status("POST", "/ui"));
        CPPUNIT_ASSERT(Router::need("/ui") == Need::Nothing && Router::need("/ui/app.js") == Need::Nothing);
    }

    void asksForNoTokenButForOurHost()
    {
        const RunningControl control(withToken());
        CPPUNIT_ASSERT_EQUAL(200, statusOf(control.ask("GET", "/ui")));
        CPPUNIT_ASSERT_EQUAL(200, statusOf(control.ask("GET", "/ui/app.js")));
        for (const char* target : {"/", "/children", "/ui?x=1", "/uix", "/groups/ui"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(target, 401, statusOf(control.ask("GET", target)));
        CPPUNIT_ASSERT_EQUAL(403, statusOf(exchange(control.toTcp(), "GET /ui HTTP/1.1\r\n"
                                                                     "Host: evil.example\r\n\r\n")));
    }

    void sendsNothingThatIsKnownAlready()
    {
        const RunningControl control(withToken());
        const std::string tag = headerOf(control.ask("GET", "/ui/app.js"), "ETag");
        CPPUNIT_ASSERT_EQUAL(std::size_t(66), tag.size());
        for (const std::string& known : {tag, "W/" + tag, "\"x\", " + tag})
        {
            const std::string reply = control.ask("GET", "/ui/app.js", "If-None-Match: " + known + "\r\n");
            CPPUNIT_ASSERT_EQUAL(304, statusOf(reply));
            CPPUNIT_ASSERT_EQUAL(std::string(), bodyOf(reply));
            CPPUNIT_ASSERT_EQUAL(tag, headerOf(reply, "ETag"));
        }
        for (const std::string& other :
             {std::string("\"x\""), std::string(), headerOf(control.ask("GET", "/ui"), "ETag")})
            CPPUNIT_ASSERT_EQUAL(
                200, statusOf(control.ask("GET", "/ui/app.js", "If-None-Match: " + other + "\r\n")));
    }

    /// What comes from the host can only be markup where something makes markup of texts.
    void writesNoMarkupAndNamesNoOtherSite()
    {
        for (const UiFile& file : uiFiles())
        {
            for (const char* word : {"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write",
                                     "eval(", "new Function", "DOMParser", "srcdoc", "@import", "url("})
                CPPUNIT_ASSERT_MESSAGE(std::string(file.name) + ": " + word, !contains(file.bytes, word));
            std::string text(file.bytes);
            const std::string kNamespace = "http://www.w3.org/2000/svg";
            for (std::size_t at = text.find(kNamespace); at != std::string::npos; at = text.find(kNamespace))
                text.erase(at, kNamespace.size());
            CPPUNIT_ASSERT_MESSAGE(std::string(file.name), !contains(text, "://"));
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(UiRoutesTest);

}  // namespace clustermanager::control::test
