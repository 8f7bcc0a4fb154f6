/* Dialect: how the bytes of a file are to be read. DialectScan looks at every byte once (the daemon
 * does it while copying the file), because a file without a byte order mark is UTF-8 or
 * Windows-1252 only as a whole.
 *
 *   BOM                        -> what it says
 *   NUL in every other byte    -> UTF-16, little or big endian
 *   bytes above 0x7f, and most of their sequences are no UTF-8 -> Windows-1252
 *   bytes above 0x7f           -> UTF-8; a bad sequence is then a problem of its row
 *   none                       -> ASCII: Excel on Windows reads it as Windows-1252, others as
 *                                 UTF-8, so what we add to it must read the same in both
 *
 * The delimiter is found out from the header when the file is opened (order_file.h).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "jobs/order/order_rules.h"

typedef struct Dialect {
        Encoding encoding; /* never ENCODING_AUTO */
        bool bom;
        char delimiter; /* `,` `;` or TAB; 0 until the header was read */
} Dialect;

typedef struct FileFacts {
        uint64_t size;           /* bytes */
        bool ends_with_line_end; /* LF or CR, in the file's encoding */
        ProblemCode refused;     /* the bytes are no text file: empty, a workbook, a zip, ... */
        Dialect dialect;
} FileFacts;

/* What the first bytes say that the file is instead of a text: a workbook (also one that is HTML or
 * XML and only has the name of one), an archive, another binary; PROBLEM_NONE: they do not. */
#define DIALECT_HEAD_SIZE 512
ProblemCode dialect_of_head(const void *bytes, size_t size);

typedef struct DialectScan DialectScan;

/* `forced`: what the settings say it is; ENCODING_AUTO: found out. 0 or -ENOMEM. */
int dialect_scan_new(Encoding forced, DialectScan **ret_scan);
DialectScan *dialect_scan_free(DialectScan *scan);
void dialect_scan_add(DialectScan *scan, const void *bytes, size_t size);
void dialect_scan_end(DialectScan *scan, FileFacts *ret_facts);

#include "jobs/base/cleanup.h"
DEFINE_CLEANUP(DialectScan, dialect_scan_free)
