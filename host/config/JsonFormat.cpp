#include <vector>

#include <Poco/JSON/Handler.h>
#include <Poco/JSON/Parser.h>
#include <Poco/NumberFormatter.h>

#include "config/FlatEntries.h"
#include "config/OptionValue.h"

namespace clustermanager::config {

namespace {

constexpr std::size_t kDeepest = 32;

/// Turns nested objects into dotted keys while the parser reads, because Poco's own tree keeps only the last
/// of two equal names. An array of plain values becomes a list separated by commas.
class ObjectReader : public Poco::JSON::Handler
{
public:
    FlatEntries entries;

    void reset() override { _open.clear(); }

    void startObject() override
    {
        if (_inArray) throw FormatError{0, "an array holds an object under " + inQuotes(currentKey())};
        _open.emplace_back();
    }

    void endObject() override { _open.pop_back(); }

    void startArray() override
    {
        if (_open.empty()) throw FormatError{0, "the outermost value is not an object"};
        if (_inArray) throw FormatError{0, "an array holds an array under " + inQuotes(currentKey())};
        _inArray = true;
        _items.clear();
    }

    void endArray() override
    {
        _inArray = false;
        entries.add(currentKey(), _items, 0);
    }

    void key(const std::string& name) override { _open.back() = name; }

    void null() override
    {
        throw FormatError{0, inQuotes(currentKey()) + " is null: leave the key out, or give it a value"};
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
        if (_open.empty()) throw FormatError{0, "the outermost value is not an object"};
        if (_inArray)
            _items += (_items.empty() ? "" : ", ") + text;
        else
            entries.add(currentKey(), text, 0);
    }

    std::vector<std::string> _open;
    bool _inArray = false;
    std::string _items;
};

}  // namespace

FlatEntries readJson(const std::string& text)
{
    const Poco::SharedPtr<ObjectReader> reader(new ObjectReader);
    Poco::JSON::Parser parser(reader);
    parser.setDepth(kDeepest);
    parser.parse(text);
    return reader->entries;
}

}  // namespace clustermanager::config
