/// Goal: the four formats say the same, and a bad file is refused with its name, the line and the reason.
/// Method: one configuration written four times and compared key by key; tables of broken files; folders,
/// FIFOs, unreadable and huge files.

#include <sys/stat.h>
#include <unistd.h>

#include <sstream>

#include <Poco/Exception.h>
#include <Poco/Util/PropertyFileConfiguration.h>

#include "config/BoundedFile.h"
#include "unit/base/InForkedProcess.h"
#include "unit/config/Loading.h"

namespace clustermanager::config {

using test::assertHas;

namespace {

void collect(const Poco::Util::AbstractConfiguration& source, const std::string& key, test::Keys& keys)
{
    if (!key.empty() && source.hasProperty(key)) keys[key] = source.getRawString(key);
    std::vector<std::string> names;
    source.keys(key, names);
    for (const std::string& name : names) collect(source, key.empty() ? name : key + "." + name, keys);
}

struct Bad
{
    const char* ending;
    std::string content;
    const char* part;
};

}  // namespace

class ConfigFileTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ConfigFileTest);
    CPPUNIT_TEST(theFourFormatsSayTheSame);
    CPPUNIT_TEST(byteOrderMarkAndCarriageReturnsDoNotMatter);
    CPPUNIT_TEST(propertiesMeanWhatPocoMakesOfThem);
    CPPUNIT_TEST(jsonNumbersBooleansAndListsAreValues);
    CPPUNIT_TEST(aKeyMayHaveAValueAndKeysBelow);
    CPPUNIT_TEST(aKeyThatIsThereTwiceIsRefusedWithBothLines);
    CPPUNIT_TEST(brokenFilesAreRefusedWithTheLine);
    CPPUNIT_TEST(everyErrorNamesTheFile);
    CPPUNIT_TEST(anUnknownEndingIsRefused);
    CPPUNIT_TEST(whatIsNoFileIsRefusedAtOnce);
    CPPUNIT_TEST(anUnreadableFileIsRefused);
    CPPUNIT_TEST(aHugeFileIsRefused);
    CPPUNIT_TEST(deepNestingIsRefused);
    CPPUNIT_TEST(tooManyKeysAreRefused);
    CPPUNIT_TEST(aFileOfCommentsAloneHasNoKeys);
    CPPUNIT_TEST(upperAndLowerCaseAreToldApartInEveryFormat);
    CPPUNIT_TEST_SUITE_END();

    const TemporaryFolder _folder;

    test::Keys read(const std::string& name, const std::string& content) const
    {
        test::Keys keys;
        const auto read = readConfigFile(_folder.write(name, content));
        if (const auto* problem = std::get_if<ConfigProblem>(&read)) CPPUNIT_FAIL(problem->sentence());
        for (const auto& [key, entry] : std::get<FlatEntries>(read).all()) keys[key] = entry.value;
        return keys;
    }

    static std::string refusal(const std::string& path)
    {
        const auto read = readConfigFile(path);
        const auto* problem = std::get_if<ConfigProblem>(&read);
        CPPUNIT_ASSERT_MESSAGE(path + " was taken", problem != nullptr);
        CPPUNIT_ASSERT_EQUAL(path, problem->file);
        return problem->sentence();
    }

    std::string refused(const std::string& ending, const std::string& content) const
    {
        return refusal(_folder.write("bad" + ending, content));
    }

public:
    void theFourFormatsSayTheSame()
    {
        const test::Keys expected{{"cluster.count", "2"},
                                  {"cluster.autoRestart", "true"},
                                  {"listen.http", "127.0.0.1:8080"},
                                  {"plugin.hello.greeting", "hi there"},
                                  {"plugin.hello.deep.er", "\xc3\xa4 \xe2\x82\xac"}};
        const test::Keys properties =
            read("a.properties", "# a comment\n! another\n\ncluster.count = 2\ncluster.autoRestart: true\n"
                                 "listen.http=127.0.0.1:8080\nplugin.hello.greeting = hi \\\nthere\n"
                                 "plugin.hello.deep.er=\xc3\xa4 \xe2\x82\xac  \n");
        const test::Keys ini =
            read("a.ini", "; a comment\n[cluster]\ncount = 2\nautoRestart=true\n\n[listen]  ; x\n"
                          "http = 127.0.0.1:8080\n[plugin.hello]\n  greeting = hi there  \n"
                          "deep.er = \xc3\xa4 \xe2\x82\xac\n");
        const test::Keys xml = read(
            "a.xml", "<?xml version=\"1.0\"?>\n<any><!-- a comment --><cluster><count> 2 </count>"
                     "<autoRestart>true</autoRestart></cluster><listen><http>127.0.0.1:8080</http></listen>"
                     "<plugin><hello><greeting>hi there</greeting><deep><er>\xc3\xa4 &#8364;</er></deep>"
                     "</hello></plugin></any>\n");
        const test::Keys json = read(
            "a.json", R"({"cluster": {"count": 2, "autoRestart": true}, "listen": {"http": "127.0.0.1:8080"},
                               "plugin": {"hello": {"greeting": "hi there", "deep.er": "\u00e4 €"}}})");
        CPPUNIT_ASSERT(expected == properties);
        CPPUNIT_ASSERT(expected == ini);
        CPPUNIT_ASSERT(expected == xml);
        CPPUNIT_ASSERT(expected == json);
    }

    void byteOrderMarkAndCarriageReturnsDoNotMatter()
    {
        const std::string mark = "\xEF\xBB\xBF";
        const test::Keys expected{{"a.b", "1"}, {"a.c", "2"}};
        CPPUNIT_ASSERT(expected == read("m.properties", mark + "a.b=1\r\na.c=2\r\n"));
        CPPUNIT_ASSERT(expected == read("m.properties", "a.b=\\\r\n1\r\na.c=2"));
        CPPUNIT_ASSERT(expected == read("m.ini", mark + "[a]\r\nb=1\r\nc=2\r\n"));
        CPPUNIT_ASSERT(expected == read("m.xml", mark + "<x>\r\n<a><b>1</b>\r\n<c>2</c></a></x>\r\n"));
        CPPUNIT_ASSERT(expected == read("m.json", mark + "{\"a\":\r\n{\"b\":1,\r\n\"c\":2}}\r\n"));
    }

    void propertiesMeanWhatPocoMakesOfThem()
    {
        const std::string content =
            "a = b\\tc\nd.e : f=g\n h = i\\\\\nj=\nk = \\u\\\n  l\\\n\nm=#n\no==p\nq= \\ r \n";
        std::istringstream stream(content);
        const Poco::AutoPtr<Poco::Util::PropertyFileConfiguration> poco(
            new Poco::Util::PropertyFileConfiguration(stream));
        test::Keys expected;
        collect(*poco, "", expected);
        CPPUNIT_ASSERT_EQUAL(std::size_t{8}, expected.size());
        CPPUNIT_ASSERT(expected == read("p.properties", content));
    }

    void jsonNumbersBooleansAndListsAreValues()
    {
        const test::Keys expected{{"big", "9000000000"}, {"f", "false"},  {"half", "0.5"},
                                  {"list", "a, b, 3"},   {"minus", "-1"}, {"none", ""},
                                  {"t", "true"},         {"text", "x"},   {"u", "18446744073709551615"}};
        CPPUNIT_ASSERT(expected ==
                       read("v.json", R"({"t": true, "f": false, "minus": -1, "half": 0.5, "none": [],
            "big": 9000000000, "u": 18446744073709551615, "list": ["a", "b", 3], "text": "x"})"));
    }

    void aKeyMayHaveAValueAndKeysBelow()
    {
        const test::Keys expected{{"a.f", "f1"}, {"a.f.class", "P"}};
        CPPUNIT_ASSERT(expected == read("b.properties", "a.f=f1\na.f.class=P\n"));
        CPPUNIT_ASSERT(expected == read("b.ini", "[a]\nf=f1\nf.class=P\n"));
        CPPUNIT_ASSERT(expected == read("b.xml", "<x><a><f>f1<class>P</class></f></a></x>"));
        CPPUNIT_ASSERT(expected == read("b.json", R"({"a": {"f": "f1", "f.class": "P"}})"));
    }

    void aKeyThatIsThereTwiceIsRefusedWithBothLines()
    {
        const std::string properties = refused(".properties", "# x\na.b = 1\nc = \\\n 2\n\na.b : 3\n");
        assertHas(properties, "bad.properties:6: the key 'a.b' is there twice; the first is in line 2");
        assertHas(refused(".ini", "[a]\nb=1\n[c]\nd=1\n[a]\nb=2\n"),
                  "bad.ini:6: the key 'a.b' is there twice; the first is in line 2");
        assertHas(refused(".xml", "<x>\n<a>1</a>\n<a>2</a>\n</x>"),
                  "bad.xml:3: the key 'a' is there twice; the first is in line 2");
        assertHas(refused(".json", "{\"a\": 1,\n\"a\":\n2\n}"),
                  "bad.json:3: the key 'a' is there twice; the first is in line 1");
        assertHas(refused(".json", "{\"a\": {\n\"b\": 1},\n\"a.b\": [2,\n3]}"),
                  "bad.json:4: the key 'a.b' is there twice; the first is in line 2");
    }

    void brokenFilesAreRefusedWithTheLine()
    {
        for (const Bad& bad :
             {Bad{".properties", "a=1\nb\n", "bad.properties:2: 'b' has no '='"},
              {".properties", "\n\n=1\n", "bad.properties:3: "},
              {".properties", "a..b=1\n", ":1: the key 'a..b' has an empty part"},
              {".properties", "a=\x01\n", ":1: the value of 'a' holds a control character"},
              {".properties", std::string("a=1\nb=\0\n", 8), ":2: there is a NUL byte"},
              {".properties", "a=1\nb=\xff\n", ":2: there is a byte that is not valid UTF-8"},
              {".properties", "a=\xc0\xaf\n", ":1: there is a byte that is not valid UTF-8"},
              {".properties", "a=\xe2\x82", ":1: there is a byte that is not valid UTF-8"},
              {".properties", "", "the file is empty"},
              {".ini", " \n\n", "the file is empty"},
              {".ini", "[a\nb=1\n", ":1: '[a' lacks its ']'"},
              {".ini", "[]\nb=1\n", ":1: '[]' names no section"},
              {".ini", "[a] b\n", ":1: '[a] b' has text after its ']'"},
              {".ini", "[a]\n# no\n", ":2: '# no': a comment of an .ini file starts with ';'"},
              {".ini", "[a]\nb\n", ":2: 'b' has no '='"},
              {".ini", "[a.]\nb=1\n", ":2: the key 'a..b' has an empty part"},
              {".xml", "<x>\n<a>\n</x>", ":3: "},
              {".xml", "no xml", ":1: "},
              {".xml", "<x>\n<a b='1'/></x>", ":2: <a> has an attribute: write <a>value</a>"},
              {".xml", "<!DOCTYPE x [<!ENTITY a \"b\">]><x>&a;</x>", "a <!DOCTYPE> is not allowed"},
              {".xml", "<x>&a;</x>", ":1: "},
              {".json", "{\n\"a\":\n}", "bad.json:3: "},
              {".json", "{\n\"a\": 1", "bad.json:2: "},
              {".json", "{\"a\": 1}\nx", "bad.json:2: "},
              {".json", "{\"a\": 1}\n{\"b\": 1}", "bad.json:2: "},
              {".json", "[1]", "bad.json:1: the outermost value is not an object"},
              {".json", "7", "bad.json:1: "},
              {".json", "{\"b\": 1,\n\"a\": null}", ":2: 'a' is null"},
              {".json", "{\"a\":\n{\"b\": [{}]}}", ":2: an array holds an object under 'a.b'"},
              {".json", "{\"a\": [\n[1]]}", ":2: an array holds an array under 'a'"},
              {".json", "{\"a\":\n\"\\u0000\"}", "bad.json:2: "},
              {".json", "{\n\"\": 1}", ":2: the key '' has an empty part"},
              {".json", "{\"a\":\n1e999}", "bad.json:2: "},
              {".json", "{\n\"a\": NaN}", "bad.json:2: "}})
            assertHas(refused(bad.ending, bad.content), bad.part);
    }

    void everyErrorNamesTheFile()
    {
        for (const char* ending : {".properties", ".ini", ".xml", ".json"})
        {
            assertHas(refused(ending, "\x01"), _folder / "bad" + ending);
            assertHas(refusal(_folder / "missing" + ending), _folder / "missing" + ending);
            assertHas(refusal(_folder / "missing" + ending), "No such file or directory");
        }
    }

    void anUnknownEndingIsRefused()
    {
        for (const char* name : {"a.conf", "a", "a.JSON", "a.properties.bak"})
            assertHas(refusal(_folder.write(name, "a=1")),
                      "has no known ending: .properties, .ini, .xml or .json");
    }

    void whatIsNoFileIsRefusedAtOnce()
    {
        std::filesystem::create_directory(_folder / "folder.ini");
        assertHas(refusal(_folder / "folder.ini"), "is a folder, not a file");
        CPPUNIT_ASSERT_EQUAL(0, ::mkfifo((_folder / "fifo.json").c_str(), 0600));
        assertHas(refusal(_folder / "fifo.json"), "is a FIFO, not a file");
        std::filesystem::create_symlink("/dev/zero", _folder / "zero.xml");
        assertHas(refusal(_folder / "zero.xml"), "is a device, not a file");
        std::filesystem::create_symlink("loop.ini", _folder / "loop.ini");
        assertHas(refusal(_folder / "loop.ini"), "Too many levels of symbolic links");
    }

    void anUnreadableFileIsRefused()
    {
        const std::string path = _folder.write("secret.ini", "[a]\nb=1\n", 0000);
        CPPUNIT_ASSERT_EQUAL(0, ::chmod(_folder.path().c_str(), 0755));
        CPPUNIT_ASSERT_EQUAL(0, clustermanager::test::asNobody([&path] {
                                 assertHas(refusal(path), "Permission denied");
                                 return 0;
                             }));
    }

    void aHugeFileIsRefused()
    {
        const std::string path = _folder.write("huge.properties", "a=1\n");
        std::filesystem::resize_file(path, 1'000'000'000);
        assertHas(refusal(path), "is larger than the limit of 1048576 bytes");
        CPPUNIT_ASSERT_EQUAL(std::size_t{1},
                             read("large.properties", "a=1\n#" + std::string(1'048'571, 'x')).size());
        const auto small = readBoundedFile(_folder.write("small", "12345"), 5);
        CPPUNIT_ASSERT_EQUAL(std::string("12345"), std::get<BoundedFile>(small).content);
        CPPUNIT_ASSERT(std::holds_alternative<std::string>(readBoundedFile(_folder / "small", 4)));
    }

    void deepNestingIsRefused()
    {
        std::string open;
        for (int depth = 0; depth < 50'000; ++depth) open += "<a>";
        assertHas(refused(".xml", open), "<a> is nested too deeply");
        std::string json;
        for (int depth = 0; depth < 50'000; ++depth) json += "{\"a\":";
        assertHas(refused(".json", json), "bad.json:1: ");
        std::string key = "a";
        while (key.size() < 300) key += ".a";
        assertHas(refused(".properties", key + "=1\n"), "is longer than 256 characters");
    }

    void tooManyKeysAreRefused()
    {
        std::string content;
        for (int key = 0; key <= 10'000; ++key) content += "k" + std::to_string(key) + "=1\n";
        assertHas(refused(".properties", content), ":10001: there are more than 10000 keys");
    }

    void aFileOfCommentsAloneHasNoKeys()
    {
        CPPUNIT_ASSERT(read("c.properties", "# nothing\n").empty());
        CPPUNIT_ASSERT(read("c.ini", "; nothing\n[cluster]\n").empty());
        CPPUNIT_ASSERT(read("c.xml", "<x/>").empty());
        CPPUNIT_ASSERT(read("c.json", "{}").empty());
    }

    void upperAndLowerCaseAreToldApartInEveryFormat()
    {
        const test::Keys expected{{"A.b", "1"}, {"a.B", "2"}};
        CPPUNIT_ASSERT(expected == read("u.properties", "A.b=1\na.B=2\n"));
        CPPUNIT_ASSERT(expected == read("u.ini", "[A]\nb=1\n[a]\nB=2\n"));
        CPPUNIT_ASSERT(expected == read("u.xml", "<x><A><b>1</b></A><a><B>2</B></a></x>"));
        CPPUNIT_ASSERT(expected == read("u.json", R"({"A": {"b": 1}, "a": {"B": 2}})"));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ConfigFileTest);

}  // namespace clustermanager::config
