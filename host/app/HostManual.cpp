#include "app/HostManual.h"

#include "app/ExitCodes.h"
#include "app/HostTexts.h"
#include "app/Version.h"
#include "config/OptionTable.h"
#include "manual/ManualPage.h"

namespace clustermanager::app {

namespace {

std::string spelling(const Poco::Util::Option& option)
{
    const std::string& argument = option.argumentName();
    const std::string shortForm = option.shortName().empty() ? "" : "-" + option.shortName();
    return shortForm + (shortForm.empty() ? "" : ", ") + "--" + option.fullName() +
           (argument.empty() ? "" : "=" + argument);
}

void describeKeys(manual::ManualPage& page, config::OptionScope scope)
{
    page.subsection(config::scopeText(scope));
    for (const config::Option& option : config::optionTable())
        if (option.scope == scope)
            page.item(std::string(option.name) + " = " +
                          (option.fallback.empty() ? "" : std::string(option.fallback)),
                      std::string(option.text) + " (" + boundsText(option) + ")");
}

}  // namespace

std::string programManual(const Poco::Util::OptionSet& options)
{
    manual::ManualPage page("clustermanager", 8, kVersion, "supervises processes that run a plugin");
    page.section("Synopsis");
    page.paragraph("clustermanager " + std::string(kUsage));
    page.section("Description");
    page.paragraph(kPurpose);
    page.paragraph(
        "Without --config-file, clustermanager.properties, .ini, .xml or .json beside the program is read.");
    page.section("Options");
    for (const Poco::Util::Option& option : options) page.item(spelling(option), option.description());
    page.section("Exit status");
    for (const ExitCodeRow& row : kExitCodes) page.item(std::to_string(row.code), row.meaning);
    page.section("See also");
    page.paragraph("cmctl(1), clustermanager.conf(5)");
    return page.text();
}

std::string configurationManual()
{
    manual::ManualPage page("clustermanager.conf", 5, kVersion, "the configuration of clustermanager");
    page.section("Description");
    page.paragraph(config::filesText());
    page.paragraph(config::furtherSectionsText());
    page.section("Keys");
    for (const auto scope :
         {config::OptionScope::Both, config::OptionScope::Group, config::OptionScope::Cluster})
        describeKeys(page, scope);
    page.section("See also");
    page.paragraph("clustermanager(8), cmctl(1)");
    return page.text();
}

}  // namespace clustermanager::app
