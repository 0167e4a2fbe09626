# Writes OUTPUT, the source of UiFiles.h, from the files of the dashboard:
#     cmake -D OUTPUT=UiFiles.cpp -D FOLDER=ui -D FILES=index.html,app.js -P EmbedUi.cmake
set(type_html "text/html; charset=utf-8")
set(type_css "text/css; charset=utf-8")
set(type_js "text/javascript; charset=utf-8")

set(literals "")
set(rows "")
set(number 0)
string(REPLACE "," ";" FILES "${FILES}")
foreach(file IN LISTS FILES)
    file(READ "${FOLDER}/${file}" text)
    file(SIZE "${FOLDER}/${file}" size)
    file(SHA256 "${FOLDER}/${file}" sha256)
    cmake_path(GET file EXTENSION LAST_ONLY extension)
    string(SUBSTRING "${extension}" 1 -1 extension)
    if(NOT DEFINED type_${extension})
        message(FATAL_ERROR "${file}: no content type is known for .${extension}")
    endif()
    if(size GREATER 65535)
        message(FATAL_ERROR "${file}: ${size} bytes, and a literal may have 65535: cut it in two")
    endif()
    string(APPEND literals
        "constexpr char kFile${number}[] = R\"CM_UI(${text})CM_UI\";\n"
        "static_assert(sizeof kFile${number} == ${size} + 1, \"${file} is not what was read\");\n\n")
    string(APPEND rows
        "        {\"${file}\", \"${type_${extension}}\", {kFile${number}, ${size}}, \"${sha256}\"},\n")
    math(EXPR number "${number} + 1")
endforeach()

file(WRITE "${OUTPUT}" "#include \"control/UiFiles.h\"

namespace clustermanager::control {

namespace {

${literals}}  // namespace

const std::vector<UiFile>& uiFiles()
{
    static const std::vector<UiFile> files{
${rows}    };
    return files;
}

}  // namespace clustermanager::control
")
