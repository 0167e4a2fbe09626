#pragma once

#include <map>
#include <string>
#include <vector>

#include "Waiting.h"

namespace clustermanager::integration {

/// What a run of cmctl came to.
struct CmctlRun
{
    int exitCode = 0;
    std::string output;  // standard output and error
};

/// Runs cmctl in a folder to its end.
CmctlRun runCmctl(const std::string& folder, const std::vector<std::string>& arguments,
                  const std::map<std::string, std::string>& environment = {});

/// cmctl on a terminal of its own, 100 columns and 30 rows.
class CmctlOnTerminal
{
public:
    CmctlOnTerminal(const std::string& folder, const std::vector<std::string>& arguments);
    ~CmctlOnTerminal();
    CmctlOnTerminal(const CmctlOnTerminal&) = delete;
    CmctlOnTerminal& operator=(const CmctlOnTerminal&) = delete;

    /// Waits until all that was written since the last call of forget() holds the text.
    bool shows(const std::string& text);
    void forget() { _written.clear(); }
    const std::string& written() const { return _written; }
    void press(const std::string& keys) const;
    void resize(unsigned short rows, unsigned short columns) const;
    /// The exit code, or -1 where it does not end.
    int end();

private:
    bool read();

    int _terminal = -1;
    int _pid = -1;
    std::string _written;
};

}  // namespace clustermanager::integration
