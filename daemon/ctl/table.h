/* Table: rows and columns for people (libsmartcols): fitted to the terminal, whole in a pipe. On a
 * terminal that is too narrow for columns, each row becomes a few lines. Texts are made visible:
 * nothing in the data can steer a terminal. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "jobs/base/buffer.h"
#include "jobs/base/text.h"

typedef enum TableFit {
        TABLE_LEFT,
        TABLE_RIGHT,
        TABLE_CUT,  /* cut when the terminal is too narrow */
        TABLE_WRAP, /* the last column: continued on further lines */
} TableFit;

typedef struct TableColumn {
        const char *head;
        TableFit fit;
} TableColumn;

typedef struct Table Table;

int table_new(const TableColumn *columns, size_t n, Table **ret_table);
Table *table_free(Table *table);

/* A new row; the cells below go into it. The first failure is kept for table_append(). */
void table_row(Table *table);
void table_text(Table *table, size_t column, Text text);
void table_string(Table *table, size_t column, const char *string);
void table_integer(Table *table, size_t column, int64_t number);
/* "red", "green", "yellow": where there are colours. */
void table_colour(Table *table, size_t column, const char *colour);

size_t table_n_rows(const Table *table);
/* Appends the table as it is printed to that file. 0 or negative errno. */
int table_append(Table *table, int fd, Buffer *out);

#include "jobs/base/cleanup.h"
DEFINE_CLEANUP(Table, table_free)
