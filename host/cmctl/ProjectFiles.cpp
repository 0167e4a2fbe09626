#include "cmctl/ProjectFiles.h"

#include "ProjectTexts.h"

namespace clustermanager::cmctl {

namespace {

std::string filled(std::string text, const std::string& mark, const std::string& value)
{
    for (std::size_t at = 0; (at = text.find(mark, at)) != std::string::npos; at += value.size())
        text.replace(at, mark.size(), value);
    return text;
}

}  // namespace

std::vector<ProjectFile> projectFiles(const std::string& name, bool embedded)
{
    std::string readme = kReadme;
    readme = filled(readme, "@WHAT@",
                    embedded ? "A program that is its own host of supervised processes, by ClusterManager."
                             : "A plugin of ClusterManager: supervised processes of one shared object.");
    readme = filled(
        readme, "@RUN@",
        embedded ? "build/@NAME@ --config-file=@NAME@.properties"
                 : "clustermanager --config-file=@NAME@.properties -D plugin.@NAME@.path=build/@NAME@.so");
    readme = filled(readme, "@RELOAD@",
                    embedded ? " `cmctl upgrade --wait=1m` and `cmctl reload --wait=1m`"
                             : " `cmctl reload @NAME@ --wait=1m`");
    std::vector<ProjectFile> files{
        {"CMakeLists.txt", embedded ? kEmbeddedCmake : kPluginCmake},
        {name + ".cpp", embedded ? kEmbeddedSource : kPluginSource},
        {name + ".properties", kProperties},
        {"test/run.sh", kTest, true},
        {"README.md", readme},
        {".gitignore", "/build/\n/log/\n/run/\n"},
    };
    for (ProjectFile& file : files) file.content = filled(file.content, "@NAME@", name);
    return files;
}

}  // namespace clustermanager::cmctl
