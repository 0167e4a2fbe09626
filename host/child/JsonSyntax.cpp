#include "child/JsonSyntax.h"

namespace clustermanager::child {

namespace {

constexpr int kDepthMax = 64;

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

bool isHexDigit(char c)
{
    return isDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/// A recursive descent over `_rest`; each function consumes what it is named after, or answers false.
class Scanner
{
public:
    explicit Scanner(std::string_view text) : _rest(text) {}

    bool document()
    {
        if (!value(0)) return false;
        blanks();
        return _rest.empty();
    }

private:
    bool at(char c) const { return !_rest.empty() && _rest.front() == c; }

    bool take(char c)
    {
        if (!at(c)) return false;
        _rest.remove_prefix(1);
        return true;
    }

    bool word(std::string_view expected)
    {
        if (_rest.substr(0, expected.size()) != expected) return false;
        _rest.remove_prefix(expected.size());
        return true;
    }

    void blanks()
    {
        while (at(' ') || at('\t') || at('\n') || at('\r')) _rest.remove_prefix(1);
    }

    bool value(int depth)
    {
        if (depth > kDepthMax) return false;
        blanks();
        if (at('{')) return list('{', '}', depth, true);
        if (at('[')) return list('[', ']', depth, false);
        if (at('"')) return string();
        return word("true") || word("false") || word("null") || number();
    }

    bool list(char open, char close, int depth, bool named)
    {
        take(open);
        blanks();
        if (take(close)) return true;
        for (;;)
        {
            if (named && !name()) return false;
            if (!value(depth + 1)) return false;
            blanks();
            if (take(close)) return true;
            if (!take(',')) return false;
        }
    }

    bool name()
    {
        blanks();
        if (!string()) return false;
        blanks();
        return take(':');
    }

    bool string()
    {
        if (!take('"')) return false;
        while (!_rest.empty())
        {
            const char c = _rest.front();
            _rest.remove_prefix(1);
            if (c == '"') return true;
            if (static_cast<unsigned char>(c) < 0x20) return false;
            if (c == '\\' && !escape()) return false;
        }
        return false;
    }

    bool escape()
    {
        if (_rest.empty()) return false;
        const char c = _rest.front();
        _rest.remove_prefix(1);
        if (c != 'u') return std::string_view("\"\\/bfnrt").find(c) != std::string_view::npos;
        for (int i = 0; i < 4; ++i)
        {
            if (_rest.empty() || !isHexDigit(_rest.front())) return false;
            _rest.remove_prefix(1);
        }
        return true;
    }

    bool digits()
    {
        if (_rest.empty() || !isDigit(_rest.front())) return false;
        while (!_rest.empty() && isDigit(_rest.front())) _rest.remove_prefix(1);
        return true;
    }

    bool number()
    {
        take('-');
        if (!take('0') && !digits()) return false;
        if (take('.') && !digits()) return false;
        if (!take('e') && !take('E')) return true;
        if (!take('+')) take('-');
        return digits();
    }

    std::string_view _rest;
};

}  // namespace

bool isJson(std::string_view text)
{
    return Scanner(text).document();
}

}  // namespace clustermanager::child
