#include "base/JsonCheck.h"

#include "base/Utf8.h"

namespace clustermanager {

namespace {

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

bool isHexDigit(char c)
{
    return isDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/// Recursive descent over the text that is left; each function takes its part off the front, or says no.
class JsonScanner
{
public:
    explicit JsonScanner(std::string_view text) : _rest(text) {}

    bool document()
    {
        if (!value(0)) return false;
        skipSpace();
        return _rest.empty();
    }

private:
    bool value(std::size_t depth)
    {
        skipSpace();
        if (_rest.empty()) return false;
        switch (_rest.front())
        {
        case '{': return depth < kMaxJsonDepth && object(depth + 1);
        case '[': return depth < kMaxJsonDepth && array(depth + 1);
        case '"': return string();
        case 't': return word("true");
        case 'f': return word("false");
        case 'n': return word("null");
        default: return number();
        }
    }

    bool object(std::size_t depth)
    {
        take('{');
        if (takeAfterSpace('}')) return true;
        do
        {
            skipSpace();
            if (!string() || !takeAfterSpace(':') || !value(depth)) return false;
        } while (takeAfterSpace(','));
        return takeAfterSpace('}');
    }

    bool array(std::size_t depth)
    {
        take('[');
        if (takeAfterSpace(']')) return true;
        do
        {
            if (!value(depth)) return false;
        } while (takeAfterSpace(','));
        return takeAfterSpace(']');
    }

    bool string()
    {
        if (!take('"')) return false;
        while (!_rest.empty() && _rest.front() != '"')
        {
            const bool escaped = _rest.front() == '\\';
            if (escaped ? !escape() : !character()) return false;
        }
        return take('"');
    }

    bool character()
    {
        const std::size_t length = utf8Length(_rest);
        if (length == 0 || static_cast<unsigned char>(_rest.front()) < 0x20) return false;
        _rest.remove_prefix(length);
        return true;
    }

    bool escape()
    {
        take('\\');
        if (_rest.empty()) return false;
        const char kind = _rest.front();
        _rest.remove_prefix(1);
        if (kind != 'u') return std::string_view("\"\\/bfnrt").find(kind) != std::string_view::npos;
        for (int i = 0; i < 4; ++i)
        {
            if (_rest.empty() || !isHexDigit(_rest.front())) return false;
            _rest.remove_prefix(1);
        }
        return true;
    }

    bool number()
    {
        take('-');
        if (!take('0') && !digits()) return false;
        if (take('.') && !digits()) return false;
        if (take('e') || take('E'))
        {
            if (!take('+')) take('-');
            return digits();
        }
        return true;
    }

    bool digits()
    {
        std::size_t count = 0;
        while (count < _rest.size() && isDigit(_rest[count])) ++count;
        _rest.remove_prefix(count);
        return count > 0;
    }

    bool word(std::string_view expected)
    {
        if (_rest.substr(0, expected.size()) != expected) return false;
        _rest.remove_prefix(expected.size());
        return true;
    }

    bool take(char expected)
    {
        if (_rest.empty() || _rest.front() != expected) return false;
        _rest.remove_prefix(1);
        return true;
    }

    bool takeAfterSpace(char expected)
    {
        skipSpace();
        return take(expected);
    }

    void skipSpace()
    {
        const std::size_t first = _rest.find_first_not_of(" \t\r\n");
        _rest.remove_prefix(first == std::string_view::npos ? _rest.size() : first);
    }

    std::string_view _rest;
};

}  // namespace

bool isJsonValue(std::string_view text)
{
    return JsonScanner(text).document();
}

}  // namespace clustermanager
