#pragma once

#include <string>
#include <string_view>

namespace clustermanager::manual {

/// A manual page in the man(7) macros, written from start to end. All text is plain: what means something to
/// roff is escaped here.
class ManualPage
{
public:
    /// `summary` is what whatis(1) shows: a few words without a full stop.
    ManualPage(std::string_view name, unsigned chapter, std::string_view version, std::string_view summary);

    void section(std::string_view title);
    void subsection(std::string_view title);
    void paragraph(std::string_view text);

    /// A bold term, and what is to be said of it.
    void item(std::string_view term, std::string_view text);

    /// Lines that are shown as they are.
    void example(std::string_view lines);

    const std::string& text() const { return _text; }

private:
    void line(std::string_view text);

    std::string _text;
};

}  // namespace clustermanager::manual
