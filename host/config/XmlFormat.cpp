#include <optional>
#include <utility>
#include <vector>

#include <Poco/SAX/Attributes.h>
#include <Poco/SAX/DefaultHandler.h>
#include <Poco/SAX/Locator.h>
#include <Poco/SAX/SAXException.h>
#include <Poco/SAX/SAXParser.h>

#include "config/FlatEntries.h"
#include "config/OptionValue.h"

namespace clustermanager::config {

namespace {

constexpr std::size_t kDeepest = 32;

/// Turns nested elements into dotted keys; the root element's own name does not matter, as in Poco's
/// XMLConfiguration. Keeps the first error and ignores all after it: the parser below us is written in C, and
/// no exception may pass through it.
class ElementReader : public Poco::XML::DefaultHandler
{
public:
    FlatEntries entries;
    std::optional<FormatError> error;

    void setDocumentLocator(const Poco::XML::Locator* locator) override { _locator = locator; }

    void startElement(const Poco::XML::XMLString&, const Poco::XML::XMLString& localName,
                      const Poco::XML::XMLString& qname, const Poco::XML::Attributes& attributes) override
    {
        const std::string& name = qname.empty() ? localName : qname;
        if (attributes.getLength() > 0)
            fail("<" + name + "> has an attribute: write <" + name + ">value</" + name + ">");
        if (_open.size() == kDeepest) fail("<" + name + "> is nested too deeply");
        if (error) return;
        const bool root = _open.empty();
        if (!root) _open.back().hasElements = true;
        _open.push_back({root || _open.size() == 1 ? (root ? "" : name) : _open.back().key + "." + name, "",
                         line(), false});
    }

    void characters(const Poco::XML::XMLChar text[], int start, int length) override
    {
        if (!error && !_open.empty())
            _open.back().text.append(text + start, static_cast<std::size_t>(length));
    }

    void endElement(const Poco::XML::XMLString&, const Poco::XML::XMLString&,
                    const Poco::XML::XMLString&) override
    {
        if (error) return;
        const Element element = std::move(_open.back());
        _open.pop_back();
        if (_open.empty() || (element.hasElements && trimmed(element.text).empty())) return;
        try
        {
            entries.add(element.key, element.text, element.line);
        }
        catch (const FormatError& problem)
        {
            error = problem;
        }
    }

private:
    struct Element
    {
        std::string key;
        std::string text;
        std::size_t line;
        bool hasElements;
    };

    std::size_t line() const
    {
        return _locator != nullptr ? static_cast<std::size_t>(_locator->getLineNumber()) : 0;
    }

    void fail(std::string text)
    {
        if (!error) error = FormatError{line(), std::move(text)};
    }

    const Poco::XML::Locator* _locator = nullptr;
    std::vector<Element> _open;
};

}  // namespace

FlatEntries readXml(const std::string& text)
{
    // Entities can grow without limit and can name other files; a configuration needs none.
    if (text.find("<!DOCTYPE") != std::string::npos) throw FormatError{0, "a <!DOCTYPE> is not allowed"};
    ElementReader reader;
    Poco::XML::SAXParser parser;
    parser.setContentHandler(&reader);
    try
    {
        parser.parseString(text);
    }
    catch (const Poco::XML::SAXParseException& problem)
    {
        if (!reader.error)
            throw FormatError{static_cast<std::size_t>(problem.getLineNumber()), problem.message()};
    }
    if (reader.error) throw FormatError(*reader.error);
    return std::move(reader.entries);
}

}  // namespace clustermanager::config
