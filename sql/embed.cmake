# cmake -DSOURCE=… -DOUTPUT=… -P embed.cmake
# Writes OUTPUT/queries.[ch]: the texts of SOURCE/queries/<verb>_<noun>.sql as bytes, with an enum
# QueryId, and those of SOURCE/migrations/NNNN_<name>.sql in the order of their numbers. Bytes, not
# string literals: quotes and length limits do not matter.
cmake_minimum_required(VERSION 3.25)

function(embed path array ret_definition)
        file(READ ${path} hex HEX)
        string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
        if(bytes MATCHES "0x[89a-f]")
                message(FATAL_ERROR "${path}: SQL is ASCII")
        endif()
        set(${ret_definition} "static const char ${array}[] = { ${bytes}0 };\n" PARENT_SCOPE)
endfunction()

file(GLOB queries ${SOURCE}/queries/*.sql)
foreach(path ${queries})
        get_filename_component(name ${path} NAME_WE)
        if(NOT name MATCHES "^[a-z]+(_[a-z]+)+$")
                message(FATAL_ERROR "${path}: the name of a query is <verb>_<noun>.sql")
        endif()
        string(TOUPPER ${name} symbol)
        embed(${path} query_${name} definition)
        string(APPEND arrays "${definition}")
        string(APPEND enumerators "        QUERY_${symbol},\n")
        string(APPEND query_entries "        [QUERY_${symbol}] = { \"${name}\", query_${name} },\n")
endforeach()

file(GLOB migrations ${SOURCE}/migrations/*.sql)
set(version 0)
foreach(path ${migrations})
        get_filename_component(name ${path} NAME_WE)
        math(EXPR version "${version} + 1")
        if(NOT name MATCHES "^0*${version}_[a-z_]+$")
                message(FATAL_ERROR "${path}: the next migration is number ${version}")
        endif()
        embed(${path} migration_${name} definition)
        string(APPEND arrays "${definition}")
        string(APPEND migration_entries "        { \"${name}\", migration_${name} },\n")
endforeach()

set(banner "/* Made by sql/embed.cmake from sql/queries/ and sql/migrations/. */\n")
file(CONFIGURE OUTPUT ${OUTPUT}/queries.h @ONLY CONTENT "${banner}#pragma once

#include \"sql/database.h\"

typedef enum QueryId {
${enumerators}        QUERY_COUNT,
} QueryId;

#define MIGRATION_COUNT ${version}

extern const SqlText sql_queries[QUERY_COUNT];
extern const SqlText sql_migrations[MIGRATION_COUNT];
")
file(CONFIGURE OUTPUT ${OUTPUT}/queries.c @ONLY CONTENT "${banner}#include \"sql/queries.h\"

${arrays}
const SqlText sql_queries[QUERY_COUNT] = {
${query_entries}};

const SqlText sql_migrations[MIGRATION_COUNT] = {
${migration_entries}};
")
