# cmake -DSOURCE=… -DOUTPUT=… -P embed.cmake
# Writes OUTPUT/html_texts.[ch]: the style and the script of the HTML report, SOURCE/report.css and
# SOURCE/report.js, as bytes (a string literal would be too long for C11).
cmake_minimum_required(VERSION 3.25)

foreach(ending css js)
        file(READ ${SOURCE}/report.${ending} hex HEX)
        string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
        if(bytes MATCHES "0x[89a-f]")
                message(FATAL_ERROR "report.${ending}: not ASCII")
        endif()
        string(APPEND definitions "const char report_html_${ending}[] = { ${bytes}0 };\n")
endforeach()

set(banner "/* Made by jobs/embed.cmake from jobs/report/html/. */\n")
file(CONFIGURE OUTPUT ${OUTPUT}/html_texts.h @ONLY CONTENT "${banner}#pragma once

extern const char report_html_css[];
extern const char report_html_js[];
")
file(CONFIGURE OUTPUT ${OUTPUT}/html_texts.c @ONLY CONTENT "${banner}#include \"jobs/report/html_texts.h\"

${definitions}")
