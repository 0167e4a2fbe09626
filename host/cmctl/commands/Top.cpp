#include <unistd.h>

#include "cmctl/Failure.h"
#include "cmctl/Session.h"
#include "cmctl/TopScreen.h"
#include "cmctl/commands/Commands.h"

namespace clustermanager::cmctl {

namespace {

constexpr Millis kRefresh{1000};
constexpr int kEscape = 27;

/// Looks at the host once a second and does what the keys say. A host that is away stays on the screen as it
/// was last seen, until it is back.
class Top
{
public:
    explicit Top(Session& session) : _session(session)
    {
        if (const auto column = topColumnByName(session.asked().text("sort"))) _model.sortBy(*column);
    }

    int run()
    {
        look();  // one that cannot be reached at all is told without a screen
        Screen screen(wantsColour(colourMode(), ::isatty(STDOUT_FILENO) == 1));
        TimePoint next = Clock::now() + kRefresh;
        while (!_done)
        {
            draw(screen, {_model, _status, _lastLine, _away});
            const auto left = std::chrono::duration_cast<Millis>(next - Clock::now());
            take(screen, screen.wait(std::max(left, Millis(1))));
            if (Clock::now() < next) continue;
            tryToLook();
            next = Clock::now() + kRefresh;
        }
        return 0;
    }

private:
    std::string colourMode() const
    {
        return _session.asked().has("color") ? _session.asked().text("color") : "auto";
    }

    void look()
    {
        _status = statusOf(_session.client().getJson("/"));
        _model.update(_status);
    }

    void tryToLook()
    {
        try
        {
            look();
            if (_away) _lastLine.clear();
            _away = false;
        }
        catch (const Failure& failure)
        {
            _away = true;
            _lastLine = failure.what();
        }
    }

    void take(Screen& screen, const Screen::Pressed& pressed)
    {
        switch (pressed.key)
        {
        case Screen::Key::None:
        case Screen::Key::Resized: return;
        case Screen::Key::Up: return _model.select(-1);
        case Screen::Key::Down: return _model.select(1);
        case Screen::Key::PageUp: return _model.select(-listHeight(screen));
        case Screen::Key::PageDown: return _model.select(listHeight(screen));
        case Screen::Key::Other: break;
        }
        takeCharacter(screen, pressed.character);
    }

    void takeCharacter(Screen& screen, int character)
    {
        const bool confirmed = _question && character == 'y';
        const bool asked = _question;
        _question = false;
        if (!_away) _lastLine.clear();
        if (confirmed) return restart();
        if (asked) return;
        if (const auto column = topColumnByKey(character)) return _model.sortBy(*column);
        if (character == 'q' || character == kEscape) _done = true;
        if (_model.rows().empty()) return;
        if (character == 'l') showLog(screen);
        if (character == 'R') ask();
    }

    int selectedId() const { return _model.rows()[_model.selected()].child.id; }

    void ask()
    {
        _question = true;
        _toRestart = selectedId();
        _lastLine = "restart child " + std::to_string(_toRestart) + "? (y: yes, any other key: no)";
    }

    void restart()
    {
        try
        {
            (void)_session.client().post("/children/" + std::to_string(_toRestart) + "/exit");
            _lastLine = "child " + std::to_string(_toRestart) + " was asked to stop";
        }
        catch (const Failure& failure)
        {
            _lastLine = failure.what();
        }
    }

    void showLog(Screen& screen)
    {
        const std::string id = std::to_string(selectedId());
        try
        {
            const std::string log =
                _session.client().get("/children/" + id + "/log?tail=" + std::to_string(screen.rows()));
            drawText(screen, "log of child " + id, log);
            while (screen.wait(kRefresh).key == Screen::Key::None)
            {}
        }
        catch (const Failure& failure)
        {
            _lastLine = failure.what();
        }
    }

    Session& _session;
    TopModel _model;
    HostStatus _status;
    std::string _lastLine;
    bool _away = false;
    bool _done = false;
    bool _question = false;
    int _toRestart = 0;  // asked about: the selection may move meanwhile
};

}  // namespace

int commands::top(Session& session)
{
    return Top(session).run();
}

}  // namespace clustermanager::cmctl
