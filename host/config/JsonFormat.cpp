#include <istream>
#include <streambuf>
#include <vector>

#include <Poco/Exception.h>
#include <Poco/JSON/Handler.h>
#include <Poco/JSON/Parser.h>
#include <Poco/NumberFormatter.h>

#include "config/FlatEntries.h"
#include "config/OptionValue.h"

namespace clustermanager::config {

namespace {

constexpr std::size_t kDeepest = 32;

/// A text to read from, and the line that has been come to: Poco's parser takes one character after the
/// other, and looks at most one ahead.
class LineCounter : public std::streambuf
{
public:
    explicit LineCounter(const std::string& text) : _text(text) {}

    std::size_t line() const { return _line; }

protected:
    int_type underflow() override
    {
        return _next < _text.size() ? traits_type::to_int_type(_text[_next]) : traits_type::eof();
    }

    int_type uflow() override
    {
        const int_type taken = underflow();
        if (taken == traits_type::eof()) return taken;
        if (_text[_next++] == '\n') ++_line;
        return taken;
    }

private:
    const std::string& _text;
    std::size_t _next = 0;
    std::size_t _line = 1;
};

/// Turns nested objects into dotted keys while the parser reads, because Poco's own tree keeps only the last
/// of two equal names. An array of plain values becomes a list separated by commas.
class ObjectReader : public Poco::JSON::Handler
{
public:
    explicit ObjectReader(const LineCounter& text) : _text(text) {}

    FlatEntries entries;

    void reset() override { _open.clear(); }

    void startObject() override
    {
        if (_inArray)
            throw FormatError{_text.line(), "an array holds an object under " + inQuotes(currentKey())};
        _open.emplace_back();
    }

    void endObject() override { _open.pop_back(); }

    void startArray() override
    {
        if (_open.empty()) throw FormatError{_text.line(), "the outermost value is not an object"};
        if (_inArray)
            throw FormatError{_text.line(), "an array holds an array under " + inQuotes(currentKey())};
        _inArray = true;
        _items.clear();
    }

    void endArray() override
    {
        _inArray = false;
        entries.add(currentKey(), _items, _text.line());
    }

    void key(const std::string& name) override { _open.back() = name; }

    void null() override
    {
        throw FormatError{_text.line(),
                          inQuotes(currentKey()) + " is null: leave the key out, or give it a value"};
    }

    void value(int number) override { take(std::to_string(number)); }
    void value(unsigned number) override { take(std::to_string(number)); }
    void value(Poco::Int64 number) override { take(std::to_string(number)); }
    void value(Poco::UInt64 number) override { take(std::to_string(number)); }
    void value(double number) override { take(Poco::NumberFormatter::format(number)); }
    void value(bool flag) override { take(flag ? "true" : "false"); }
    void value(const std::string& text) override { take(text); }

private:
    std::string currentKey() const
    {
        std::string key;
        for (const std::string& name : _open) key += (key.empty() ? "" : ".") + name;
        return key;
    }

    void take(const std::string& text)
    {
        if (_open.empty()) throw FormatError{_text.line(), "the outermost value is not an object"};
        if (_inArray)
            _items += (_items.empty() ? "" : ", ") + text;
        else
            entries.add(currentKey(), text, _text.line());
    }

    const LineCounter& _text;
    std::vector<std::string> _open;
    bool _inArray = false;
    std::string _items;
};

}  // namespace

FlatEntries readJson(const std::string& text)
{
    LineCounter counted(text);
    const Poco::SharedPtr<ObjectReader> reader(new ObjectReader(counted));
    Poco::JSON::Parser parser(reader);
    parser.setDepth(kDeepest);
    std::istream stream(&counted);
    try
    {
        parser.parse(stream);
    }
    catch (const Poco::Exception& problem)
    {
        throw FormatError{counted.line(), problem.message()};
    }
    return reader->entries;
}

}  // namespace clustermanager::config
