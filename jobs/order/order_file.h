/* OrderFile: an order file read as a stream of orders; memory does not grow with the file.
 *
 *   bytes --(order_lines: encoding)--> rows of UTF-8 --(order_csv)--> cells --(order_header)-->
 *   Order
 *
 * Every row comes back, good or bad, with all of its problems; a broken row (unclosed quote, too
 * long, too wide) never hides the rows after it. Limits: cell 64 KiB, row 1 MiB, 1,000 columns.
 * The caller gives the bytes through a callback, so that this module has no I/O of its own. The
 * same code serves intake, `checkoutctl check`, `verify`, and reading one stored row again.
 */
#pragma once

#include "jobs/order/dialect.h"
#include "jobs/order/order.h"
#include "jobs/order/order_rules.h"
#include "jobs/order/order_totals.h"

#define ORDER_CELL_MAX    ((size_t) 64 * 1024)
#define ORDER_ROW_MAX     ((size_t) 1024 * 1024)
#define ORDER_COLUMNS_MAX 1000

/* Reads up to `size` bytes at `offset`: the number read, 0 at the end, negative errno. */
typedef int64_t (*OrderFileRead)(void *userdata, uint64_t offset, void *bytes, size_t size);

typedef struct OrderFile OrderFile;

/* Opens the file and reads its header. `rules` and what they point to must outlive the file. `now`
 * (UTC microseconds) is what "past" is measured by. 0, or negative errno of the callback or
 * -ENOMEM. A file that cannot be read as an order file at all (no header, a column missing) is
 * opened too: order_file_problems() says why, and there are no orders in it. */
int order_file_open(const OrderRules *rules, const FileFacts *facts, int64_t now,
                    OrderFileRead read, void *userdata, OrderFile **ret_file);
OrderFile *order_file_free(OrderFile *file);

/* What refuses the file as a whole (n > 0), found in its header. Owned by the file. */
const Problem *order_file_problems(const OrderFile *file, size_t *ret_n);

/* The next order: 1 and `*ret_order` (valid until the next call), 0 at the end, negative errno. */
int order_file_next(OrderFile *file, const Order **ret_order);

/* Goes on at a place that an earlier reading had reached: order_file_offset() and
 * order_file_line(), taken between two orders. Only for restarts of the same bytes. */
int order_file_seek(OrderFile *file, uint64_t offset, uint32_t line);
uint64_t order_file_offset(const OrderFile *file); /* of the next order, in the file's own bytes */
uint32_t order_file_line(const OrderFile *file);   /* of the next order */

Dialect order_file_dialect(const OrderFile *file);
/* The totals that its last rows declare; those rows are no orders. Known as soon as it is open. */
const OrderTotals *order_file_totals(const OrderFile *file);
/* What of those rows cannot be read, with its place; known when order_file_next() has given 0.
 * Owned by the file. */
const Problem *order_file_unread_totals(const OrderFile *file, size_t *ret_n);

/* The header row, decoded to UTF-8, with its line end, and the line `sep=;` before it if there is
 * one: needed to read stored rows again. */
Text order_file_header(const OrderFile *file);
/* How much of a header row is the line `sep=;`; 0: it has none. */
size_t order_file_separator(Text header);
unsigned order_file_n_columns(const OrderFile *file);
/* Is it a child: does it carry our column checkout_line? */
bool order_file_is_child(const OrderFile *file);
/* Has it a column that says who is to pay, or by when? */
bool order_file_has_payer(const OrderFile *file);
/* Columns that are kept but not sent; `i` from 0, empty when there are no more. */
Text order_file_unknown_column(const OrderFile *file, size_t i);

/* OrderReader: reads stored rows (Order.raw) again by the header and dialect of their file. */
typedef struct OrderReader OrderReader;
int order_reader_new(const OrderRules *rules, Text header, char delimiter, OrderReader **ret);
OrderReader *order_reader_free(OrderReader *reader);
/* The order of these raw rows, valid until the next call; problems as at intake (`now` decides what
 * is past). 0 or negative errno. */
int order_reader_read(OrderReader *reader, Text raw, uint32_t line, int64_t now,
                      const Order **ret_order);

/* Writing back: one cell, quoted if it has to be (RFC 4180; delimiter 0: in any case), guarded
 * against spreadsheets if `guard`. 0 or -ENOMEM. */
int order_append_cell(Buffer *buffer, Text cell, char delimiter, bool guard);

/* OrderMirror: the rows of a file as they came, with our columns behind them. Byte for byte the
 * same where nothing of ours was added, but: cells that a spreadsheet would run are guarded if
 * `guard`; our own columns of an earlier results file are left out, for new ones take their place;
 * a row that is too short is filled up, what a row has too much becomes text of its last cell, and
 * a row whose quotes are broken is shown as the text of its first cell. So our columns always stand
 * under our headers. `header` and `delimiter` are the file's. */
typedef struct OrderMirror OrderMirror;
int order_mirror_new(Text header, char delimiter, bool guard, OrderMirror **ret_mirror);
OrderMirror *order_mirror_free(OrderMirror *mirror);
/* One of our cells as the file writes its own: quoted if its header is, or if it has to be. 0 or
 * -ENOMEM. */
int order_mirror_append_cell(const OrderMirror *mirror, Buffer *buffer, Text cell);

/* Appends the raw rows of one order, each with `ours` (our cells, already delimited, without a
 * leading delimiter) before its line end. `{line}` in `ours` is replaced by each row's
 * own physical line number. UTF-8 in, UTF-8 out. 0 or -ENOMEM. */
int order_mirror_append(const OrderMirror *mirror, Buffer *buffer, Text raw, uint32_t first_line,
                        Text ours);

/* The same for the header; a `sep=;` line before it stays as it is. */
int order_mirror_append_header(const OrderMirror *mirror, Buffer *buffer, Text header, Text ours);

/* Converts UTF-8 to the encoding of the file. What that does not have is spelled with what it has
 * (`→` as `->`; in ASCII `é` as `e`), else it becomes `?`. 0 or negative errno. */
int order_encode(Buffer *out, Text utf8, Encoding encoding);
/* What whoever reads that finds there: the same text, but for what became `?`. */
int order_as_encoded(Buffer *out, Text utf8, Encoding encoding);

#include "jobs/base/cleanup.h"
DEFINE_CLEANUP(OrderFile, order_file_free)
DEFINE_CLEANUP(OrderReader, order_reader_free)
DEFINE_CLEANUP(OrderMirror, order_mirror_free)
