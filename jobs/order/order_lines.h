/* OrderLines: the bytes of a file as UTF-8 text, one row after the other.
 *
 *   bytes --(blocks of 256 KiB)--> iconv --> window --(line ends, quotes)--> row
 *
 * A row is one physical line, or as many as the double quotes say: after a line with an odd number
 * of them the row goes on up to the next such line. Where the quotes turn out to be broken, the
 * reader of the row asks for its first line alone (order_lines_shrink), so that a forgotten quote
 * never hides the rows after it. Because a row ends at the very next odd line, each byte is looked
 * at twice at most, however broken the file is.
 *
 * Lines end with LF (CR LF too); in a file whose beginning has none, with CR. Bytes that are no
 * text in the file's encoding stay in UTF-8 files and become 0xff in others: no UTF-8 either way,
 * so that the check of the cells finds them. Memory: the longest row accepted and one block.
 */
#pragma once

#include "jobs/order/order_file.h"

typedef struct OrderLines OrderLines;

typedef struct RowText {
        Text text;      /* with its line ends; valid until the next row is asked for */
        uint32_t line;  /* of its first physical line, 1 = first of the file */
        uint32_t lines; /* physical lines */
        bool cut; /* longer than ORDER_ROW_MAX: `text` is one byte more than that, the rest skipped */
} RowText;

/* 0 or negative errno; -EINVAL when iconv does not know the encoding. */
int order_lines_new(const Dialect *dialect, OrderFileRead read, void *userdata, OrderLines **ret);
OrderLines *order_lines_free(OrderLines *lines);

/* The next row that is not blank: 1, 0 at the end, negative errno. */
int order_lines_next(OrderLines *lines, RowText *ret_row);
/* Takes back all but the first line of the row that was given last. */
void order_lines_shrink(OrderLines *lines, RowText *row);
/* Gives the row that was given last once more. */
void order_lines_again(OrderLines *lines);
/* Rows that consist of this delimiter alone are blank too. */
void order_lines_set_delimiter(OrderLines *lines, char delimiter);

uint64_t order_lines_offset(const OrderLines *lines);     /* of the next row, in the file's bytes */
uint64_t order_lines_row_offset(const OrderLines *lines); /* of the row that was given last */
uint32_t order_lines_line(const OrderLines *lines);
void order_lines_seek(OrderLines *lines, uint64_t offset, uint32_t line);

/* What of `text` is its first row; 0 when there must be more of it to know (never when `last`). */
size_t order_lines_extent(Text text, char line_end, bool last, uint32_t *ret_lines);
/* The character that ends the lines of a file, by its header row (or any row that has its end). */
char order_lines_line_end(Text row);
/* Without the line end. */
Text order_lines_content(Text line);
/* Is there nothing in it but blanks, delimiters and empty quotes? */
bool order_lines_is_blank(Text row, char delimiter);

DEFINE_CLEANUP(OrderLines, order_lines_free)
