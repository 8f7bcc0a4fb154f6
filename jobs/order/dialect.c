#include "jobs/order/dialect.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/base/cleanup.h"

struct DialectScan {
        Encoding forced;
        uint8_t head[DIALECT_HEAD_SIZE];
        size_t head_size;
        uint8_t tail[2];
        uint64_t size;
        uint64_t nul[2];         /* at even and odd offsets */
        uint64_t control;        /* below U+0020, without TAB, LF, CR and NUL */
        uint64_t valid, invalid; /* sequences above ASCII, as UTF-8 */
        uint8_t expected;        /* continuation bytes of the sequence that is open */
        uint8_t low, high;       /* what the next one may be */
};

static const struct {
        const char *magic;
        size_t size;
        ProblemCode code;
} magics[] = {
        { "PK\x03\x04", 4, PROBLEM_FILE_ARCHIVE }, /* or a workbook: is_zip_of_workbook() */
        { "PK\x05\x06", 4, PROBLEM_FILE_ARCHIVE },
        { "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8, PROBLEM_FILE_WORKBOOK }, /* .xls */
        { "\x09\x08\x10\x00\x00\x06\x05\x00", 8, PROBLEM_FILE_WORKBOOK }, /* .xls without a shell */
        { "\x1f\x8b", 2, PROBLEM_FILE_ARCHIVE },
        { "7z\xbc\xaf\x27\x1c", 6, PROBLEM_FILE_ARCHIVE },
        { "BZh", 3, PROBLEM_FILE_ARCHIVE },
        { "\xfd"
          "7zXZ",
          5, PROBLEM_FILE_ARCHIVE },
        { "\x28\xb5\x2f\xfd", 4, PROBLEM_FILE_ARCHIVE },
        { "Rar!\x1a", 5, PROBLEM_FILE_ARCHIVE },
        { "%PDF-", 5, PROBLEM_FILE_BINARY },
        { "\x89PNG", 4, PROBLEM_FILE_BINARY },
        { "\xff\xd8\xff", 3, PROBLEM_FILE_BINARY },
        { "\x7f"
          "ELF",
          4, PROBLEM_FILE_BINARY },
        { "SQLite format 3", 16, PROBLEM_FILE_BINARY },
};

int dialect_scan_new(Encoding forced, DialectScan **ret_scan) {
        DialectScan *scan = calloc(1, sizeof(*scan));

        if (!scan)
                return -ENOMEM;
        scan->forced = forced;
        *ret_scan = scan;
        return 0;
}

DialectScan *dialect_scan_free(DialectScan *scan) {
        free(scan);
        return NULL;
}

/* --- every byte ------------------------------------------------------------------------------ */

static void begin_sequence(DialectScan *scan, uint8_t byte) {
        scan->low = 0x80;
        scan->high = 0xbf;
        if (byte >= 0xc2 && byte <= 0xdf) {
                scan->expected = 1;
        } else if (byte >= 0xe0 && byte <= 0xef) {
                scan->expected = 2;
                scan->low = byte == 0xe0 ? 0xa0 : 0x80;
                scan->high = byte == 0xed ? 0x9f : 0xbf;
        } else if (byte >= 0xf0 && byte <= 0xf4) {
                scan->expected = 3;
                scan->low = byte == 0xf0 ? 0x90 : 0x80;
                scan->high = byte == 0xf4 ? 0x8f : 0xbf;
        } else {
                scan->invalid++;
        }
}

static void look_at(DialectScan *scan, uint8_t byte, uint64_t offset) {
        if (scan->expected > 0) {
                if (byte >= scan->low && byte <= scan->high) {
                        scan->low = 0x80;
                        scan->high = 0xbf;
                        if (--scan->expected == 0)
                                scan->valid++;
                        return;
                }
                scan->expected = 0;
                scan->invalid++;
        }
        if (byte >= 0x80)
                begin_sequence(scan, byte);
        else if (byte == 0)
                scan->nul[offset & 1]++;
        else if (byte < ' ' && byte != '\t' && byte != '\n' && byte != '\r')
                scan->control++;
}

void dialect_scan_add(DialectScan *scan, const void *bytes, size_t size) {
        const uint8_t *byte = bytes;
        size_t at = 0;

        for (size_t i = 0; i < size && scan->head_size < DIALECT_HEAD_SIZE; i++)
                scan->head[scan->head_size++] = byte[i];
        if (size >= 2)
                memcpy(scan->tail, byte + size - 2, 2);
        else if (size == 1) {
                scan->tail[0] = scan->tail[1];
                scan->tail[1] = byte[0];
        }
        while (at < size) {
                uint64_t eight;

                if (size - at >= sizeof(eight) && scan->expected == 0) {
                        memcpy(&eight, byte + at, sizeof(eight));
                        /* neither a bit above ASCII nor anything below a blank */
                        if (((eight | (eight - UINT64_C(0x2020202020202020))) &
                             UINT64_C(0x8080808080808080)) == 0) {
                                at += sizeof(eight);
                                continue;
                        }
                }
                for (size_t i = 0; i < sizeof(eight) && at < size; i++, at++)
                        look_at(scan, byte[at], scan->size + at);
        }
        scan->size += size;
}

/* --- what it comes to ------------------------------------------------------------------------ */

/* Workbooks of Excel and LibreOffice are zips whose first members have these names. */
static bool is_zip_of_workbook(const void *head, size_t size) {
        static const char *const members[] = { "[Content_Types].xml",
                                               "xl/",
                                               "_rels/",
                                               "docProps/",
                                               "mimetypeapplication/vnd.oasis.opendocument",
                                               "Index/Document.iwa" };

        for (size_t i = 0; i < ELEMENTS(members); i++)
                if (memmem(head, size, members[i], strlen(members[i])))
                        return true;
        return false;
}

/* What many programs export as `.xls` is a web page, or XML. */
static bool is_markup(const char *head, size_t size) {
        static const char *const begins[] = { "<html", "<!doctype", "<table",
                                              "<?xml", "<meta",     "<head" };
        size_t at = size >= 3 && memcmp(head, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
        Text text;

        while (at < size && (head[at] == ' ' || head[at] == '\r' || head[at] == '\n'))
                at++;
        text = (Text){ head + at, size - at };
        for (size_t i = 0; i < ELEMENTS(begins); i++) {
                size_t n = strlen(begins[i]);

                if (text.size >= n &&
                    text_equal_ignoring_case((Text){ text.data, n }, text_of(begins[i])))
                        return true;
        }
        return false;
}

ProblemCode dialect_of_head(const void *head, size_t size) {
        for (size_t i = 0; i < ELEMENTS(magics); i++) {
                if (size < magics[i].size || memcmp(head, magics[i].magic, magics[i].size) != 0)
                        continue;
                return magics[i].code == PROBLEM_FILE_ARCHIVE && is_zip_of_workbook(head, size)
                               ? PROBLEM_FILE_WORKBOOK
                               : magics[i].code;
        }
        return is_markup(head, size) ? PROBLEM_FILE_WORKBOOK : PROBLEM_NONE;
}

static ProblemCode refused(const DialectScan *scan, Encoding encoding) {
        uint64_t odd = scan->control + scan->nul[0] + scan->nul[1];
        ProblemCode head;

        if (scan->size == 0)
                return PROBLEM_FILE_EMPTY;
        head = dialect_of_head(scan->head, scan->head_size);
        if (head != PROBLEM_NONE)
                return head;
        /* A few control characters are the problem of their rows; one in sixteen is no text. */
        if (encoding != ENCODING_UTF16LE && encoding != ENCODING_UTF16BE && odd >= 64 &&
            odd * 16 > scan->size)
                return PROBLEM_FILE_BINARY;
        return PROBLEM_NONE;
}

static bool begins_with(const DialectScan *scan, const char *bytes, size_t size) {
        return scan->head_size >= size && memcmp(scan->head, bytes, size) == 0;
}

static Dialect find_dialect(const DialectScan *scan) {
        uint64_t half = scan->size / 2;

        if (begins_with(scan, "\xef\xbb\xbf", 3))
                return (Dialect){ ENCODING_UTF8, true, '\0' };
        if (begins_with(scan, "\xff\xfe", 2))
                return (Dialect){ ENCODING_UTF16LE, true, '\0' };
        if (begins_with(scan, "\xfe\xff", 2))
                return (Dialect){ ENCODING_UTF16BE, true, '\0' };
        /* The texts of these files are mostly ASCII, which leaves one byte of two empty. */
        if (scan->nul[1] > half / 2 && scan->nul[0] <= scan->nul[1] / 16)
                return (Dialect){ ENCODING_UTF16LE, false, '\0' };
        if (scan->nul[0] > half / 2 && scan->nul[1] <= scan->nul[0] / 16)
                return (Dialect){ ENCODING_UTF16BE, false, '\0' };
        if (scan->invalid > scan->valid)
                return (Dialect){ ENCODING_WINDOWS_1252, false, '\0' };
        return (Dialect){ scan->valid > 0 ? ENCODING_UTF8 : ENCODING_ASCII, false, '\0' };
}

static bool ends_line(const DialectScan *scan, Encoding encoding) {
        uint8_t last = scan->tail[1], other = 0;

        if (encoding == ENCODING_UTF16LE) {
                last = scan->tail[0];
                other = scan->tail[1];
        } else if (encoding == ENCODING_UTF16BE) {
                other = scan->tail[0];
        }
        return scan->size > 0 && other == 0 && (last == '\n' || last == '\r');
}

void dialect_scan_end(DialectScan *scan, FileFacts *ret_facts) {
        FileFacts facts = { .size = scan->size };

        if (scan->expected > 0)
                scan->invalid++;
        facts.dialect = find_dialect(scan);
        if (scan->forced != ENCODING_AUTO && scan->forced != facts.dialect.encoding)
                facts.dialect = (Dialect){ scan->forced, false, '\0' };
        facts.ends_with_line_end = ends_line(scan, facts.dialect.encoding);
        facts.refused = refused(scan, facts.dialect.encoding);
        *ret_facts = facts;
}
