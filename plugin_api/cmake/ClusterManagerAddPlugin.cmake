# A plugin: NAME.so, ready to be put into the host's plugin folder.
#
#     clustermanager_add_plugin(hello SOURCES hello.cpp [POCO] [LIBRARIES lib...])
#
# POCO links what clustermanager/poco.hpp needs. Every symbol is hidden but run_child and run_master, and what
# is undefined is found when the plugin is linked, not when it is loaded.
function(clustermanager_add_plugin name)
    cmake_parse_arguments(PARSE_ARGV 1 PLUGIN "POCO" "" "SOURCES;LIBRARIES")
    if(PLUGIN_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "clustermanager_add_plugin(${name}): unknown arguments: ${PLUGIN_UNPARSED_ARGUMENTS}")
    endif()
    if(NOT PLUGIN_SOURCES)
        message(FATAL_ERROR "clustermanager_add_plugin(${name}): SOURCES is missing")
    endif()
    if(PLUGIN_POCO AND NOT TARGET Poco::Net)
        message(FATAL_ERROR "clustermanager_add_plugin(${name}): POCO needs Poco 1.11 or newer (libpoco-dev)")
    endif()

    add_library(${name} MODULE ${PLUGIN_SOURCES})
    set_target_properties(${name} PROPERTIES
        PREFIX "" SUFFIX ".so"
        C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
    target_link_libraries(${name} PRIVATE ClusterManager::plugin_api ${PLUGIN_LIBRARIES})
    if(PLUGIN_POCO)
        # Poco compiles poco_debug() and poco_trace() away without it, and a log level could not bring them back.
        target_compile_definitions(${name} PRIVATE POCO_LOG_DEBUG)
        target_link_libraries(${name} PRIVATE Poco::Net Poco::Util Poco::Foundation)
    endif()
    target_link_options(${name} PRIVATE -Wl,-z,now)
    # The run-time of a sanitizer is in the host, not in the plugin: there it is undefined until it is loaded.
    get_directory_property(options LINK_OPTIONS)
    if(NOT "${options}" MATCHES "-fsanitize")
        target_link_options(${name} PRIVATE -Wl,-z,defs)
    endif()
endfunction()
