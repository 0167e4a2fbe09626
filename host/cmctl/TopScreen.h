#pragma once

#include <string>

#include "cmctl/Screen.h"
#include "cmctl/TopModel.h"

namespace clustermanager::cmctl {

/// What stands on the screen of `cmctl top`, drawn anew each time.
struct TopPicture
{
    const TopModel& model;
    const HostStatus& status;
    std::string lastLine;  // a question, an answer, or that the host is away; "": the keys
    bool away = false;
};

void draw(Screen& screen, const TopPicture& picture);

/// Text over the whole screen, its last lines where not all fit.
void drawText(Screen& screen, const std::string& title, const std::string& text);

/// The rows of the list that fit.
int listHeight(const Screen& screen);

}  // namespace clustermanager::cmctl
