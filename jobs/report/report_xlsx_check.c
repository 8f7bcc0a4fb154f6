/* Reads a finished workbook once more. A file of which the disk took only a part looks whole to the
 * library, which does not ask; so each part of the zip archive is unpacked (zlib) and looked at: it
 * ends as XML ends, and the rows of a sheet are as long as they were when they were written.
 *
 * The archive: APPNOTE.TXT of PKWARE, 4.3 and 4.5.3 (zip64). */
#include <errno.h>
#include <string.h>
#include <zlib.h>

#include "jobs/base/cleanup.h"
#include "jobs/report/report_xlsx_private.h"

#define END_SIZE     22 /* end of central directory record, without its comment */
#define LOCATOR_SIZE 20
#define ENTRY_SIZE   46
#define LOCAL_SIZE   30
#define BLOCK        ((size_t) 64 * 1024)
#define HEAD_MOST    (BLOCK / 2) /* of a sheet, before its rows */
#define TAIL         32
#define SHEET        "xl/worksheets/sheet"

typedef struct Archive {
        ReportXlsxRead read;
        void *userdata;
        uint64_t size;
} Archive;

typedef struct Member {
        char name[128];
        uint64_t packed, unpacked, offset;
} Member;

static uint64_t little(const uint8_t *bytes, size_t n) {
        uint64_t number = 0;

        while (n-- > 0)
                number = number << 8 | bytes[n];
        return number;
}

static int read_at(const Archive *archive, uint64_t offset, void *bytes, size_t size) {
        uint8_t *at = bytes;

        while (size > 0) {
                int64_t n = archive->read(archive->userdata, offset, at, size);

                if (n <= 0)
                        return n < 0 ? (int) n : -EIO;
                at += n;
                offset += (uint64_t) n;
                size -= (size_t) n;
        }
        return 0;
}

/* --- the archive ---------------------------------------------------------------------------- */

static int find_size(Archive *archive) {
        uint8_t byte;
        uint64_t low = 0, high = 1;

        while (archive->read(archive->userdata, high, &byte, 1) == 1)
                high *= 2;
        while (high - low > 1) { /* the byte at `low` is there, that at `high` is not */
                uint64_t middle = low + (high - low) / 2;

                if (archive->read(archive->userdata, middle, &byte, 1) == 1)
                        low = middle;
                else
                        high = middle;
        }
        archive->size = high;
        return archive->size >= END_SIZE ? 0 : -EIO;
}

static int find_directory(const Archive *archive, uint64_t *ret_offset, uint64_t *ret_n) {
        uint8_t end[END_SIZE], locator[LOCATOR_SIZE], end64[56];
        int r = read_at(archive, archive->size - END_SIZE, end, sizeof(end));

        if (r == 0 && little(end, 4) != 0x06054b50)
                r = -EIO;
        if (r < 0)
                return r;
        *ret_n = little(end + 10, 2);
        *ret_offset = little(end + 16, 4);
        if (*ret_n != 0xffff && *ret_offset != 0xffffffff)
                return 0;
        if (archive->size < END_SIZE + LOCATOR_SIZE)
                return -EIO;
        r = read_at(archive, archive->size - END_SIZE - LOCATOR_SIZE, locator, sizeof(locator));
        if (r == 0 && little(locator, 4) != 0x07064b50)
                r = -EIO;
        if (r == 0)
                r = read_at(archive, little(locator + 8, 8), end64, sizeof(end64));
        if (r < 0)
                return r;
        *ret_n = little(end64 + 32, 8);
        *ret_offset = little(end64 + 48, 8);
        return 0;
}

/* Numbers that have no room in the entry stand in its zip64 field, in the entry's order. */
static void take_zip64(const uint8_t *extra, size_t size, Member *member) {
        uint64_t *const numbers[] = { &member->unpacked, &member->packed, &member->offset };

        while (size >= 4) {
                size_t length = (size_t) little(extra + 2, 2), at = 4;

                if (length + 4 > size)
                        return;
                for (size_t i = 0; little(extra, 2) == 1 && i < ELEMENTS(numbers); i++)
                        if (*numbers[i] == 0xffffffff && at + 8 <= length + 4) {
                                *numbers[i] = little(extra + at, 8);
                                at += 8;
                        }
                extra += length + 4;
                size -= length + 4;
        }
}

static int read_entry(const Archive *archive, uint64_t *offset, Member *ret_member) {
        uint8_t entry[ENTRY_SIZE], extra[512];
        size_t name_size, extra_size;
        int r = read_at(archive, *offset, entry, sizeof(entry));

        if (r == 0 && little(entry, 4) != 0x02014b50)
                r = -EIO;
        if (r < 0)
                return r;
        name_size = (size_t) little(entry + 28, 2);
        extra_size = (size_t) little(entry + 30, 2);
        if (name_size >= sizeof(ret_member->name) || extra_size > sizeof(extra))
                return -EIO;
        r = read_at(archive, *offset + ENTRY_SIZE, ret_member->name, name_size);
        ret_member->name[name_size] = '\0';
        if (r == 0)
                r = read_at(archive, *offset + ENTRY_SIZE + name_size, extra, extra_size);
        if (r < 0)
                return r;
        ret_member->packed = little(entry + 20, 4);
        ret_member->unpacked = little(entry + 24, 4);
        ret_member->offset = little(entry + 42, 4);
        take_zip64(extra, extra_size, ret_member);
        *offset += ENTRY_SIZE + name_size + extra_size + little(entry + 32, 2);
        return 0;
}

/* --- what is in it -------------------------------------------------------------------------- */

/* what is seen of a part while it is unpacked */
typedef struct Look {
        uint64_t size;
        uint64_t rows_begin; /* behind <sheetData>; 0: not seen */
        char tail[TAIL];     /* the last bytes */
        size_t tail_size;
} Look;

static void look_at(Look *look, const uint8_t *bytes, size_t size) {
        static const char begin[] = "<sheetData>";

        if (look->size == 0) {
                size_t head = size < HEAD_MOST ? size : HEAD_MOST;
                const uint8_t *found = memmem(bytes, head, begin, strlen(begin));

                if (found)
                        look->rows_begin = (uint64_t) (found - bytes) + strlen(begin);
        }
        look->size += size;
        if (size >= TAIL) {
                memcpy(look->tail, bytes + size - TAIL, TAIL);
                look->tail_size = TAIL;
                return;
        }
        if (look->tail_size + size > TAIL) {
                size_t surplus = look->tail_size + size - TAIL;

                memmove(look->tail, look->tail + surplus, look->tail_size - surplus);
                look->tail_size -= surplus;
        }
        memcpy(look->tail + look->tail_size, bytes, size);
        look->tail_size += size;
}

/* Where the sheet goes on behind its rows: that much must be </sheetData>. */
typedef struct Behind {
        uint64_t at; /* 0: nobody asks */
        char found[16];
        size_t n;
} Behind;

static void look_behind(Behind *behind, uint64_t offset, const uint8_t *bytes, size_t size) {
        for (size_t i = 0; behind->at != 0 && i < size && behind->n < sizeof(behind->found) - 1;
             i++)
                if (offset + i >= behind->at)
                        behind->found[behind->n++] = (char) bytes[i];
}

static int unpack_block(const Archive *archive, z_stream *stream, uint64_t *at, uint64_t *left,
                        uint8_t *packed) {
        size_t n = *left < BLOCK ? (size_t) *left : BLOCK;
        int r;

        if (n == 0)
                return -EIO;
        r = read_at(archive, *at, packed, n);
        stream->next_in = packed;
        stream->avail_in = (unsigned) n;
        *at += n;
        *left -= n;
        return r;
}

/* `data_size`: of the rows of a sheet; 0: it is another part. */
static int unpack(const Archive *archive, const Member *member, uint64_t at, uint64_t data_size,
                  z_stream *stream, Look *look, Behind *behind) {
        uint8_t packed[BLOCK], bytes[BLOCK];
        uint64_t left = member->packed;
        int state = Z_OK;

        while (state == Z_OK) {
                uint64_t before = look->size;
                int r = stream->avail_in > 0 ? 0
                                             : unpack_block(archive, stream, &at, &left, packed);

                if (r < 0)
                        return r;
                stream->next_out = bytes;
                stream->avail_out = sizeof(bytes);
                state = inflate(stream, Z_NO_FLUSH);
                look_at(look, bytes, sizeof(bytes) - stream->avail_out);
                if (look->rows_begin != 0 && data_size != 0)
                        behind->at = look->rows_begin + data_size;
                look_behind(behind, before, bytes, sizeof(bytes) - stream->avail_out);
        }
        return state == Z_STREAM_END && look->size == member->unpacked ? 0 : -EIO;
}

static int check_member(const Archive *archive, const Member *member, uint64_t data_size) {
        static const char rows_end[] = "</sheetData>";
        uint8_t local[LOCAL_SIZE];
        z_stream stream = { .next_in = NULL };
        Look look = { .size = 0 };
        Behind behind = { .at = 0 };
        int r = read_at(archive, member->offset, local, sizeof(local));

        if (r < 0)
                return r;
        if (little(local, 4) != 0x04034b50 || little(local + 8, 2) != Z_DEFLATED)
                return -EIO;
        if (inflateInit2(&stream, -MAX_WBITS) != Z_OK)
                return -ENOMEM;
        r = unpack(archive, member,
                   member->offset + LOCAL_SIZE + little(local + 26, 2) + little(local + 28, 2),
                   data_size, &stream, &look, &behind);
        (void) inflateEnd(&stream);
        if (r < 0)
                return r;
        while (look.tail_size > 0 && look.tail[look.tail_size - 1] == '\n')
                look.tail_size--;
        if (look.tail_size == 0 || look.tail[look.tail_size - 1] != '>')
                return -EIO;
        if (data_size == 0)
                return 0;
        return behind.n >= strlen(rows_end) &&
                               memcmp(behind.found, rows_end, strlen(rows_end)) == 0 &&
                               memmem(look.tail, look.tail_size, "</worksheet>", 12)
                       ? 0
                       : -EIO;
}

/* The number of a sheet's part, from 1; 0: it is another part. */
static size_t sheet_of(const char *name) {
        size_t number = 0;

        if (strncmp(name, SHEET, strlen(SHEET)) != 0)
                return 0;
        for (name += strlen(SHEET); *name >= '0' && *name <= '9' && number < 10000; name++)
                number = number * 10 + (size_t) (*name - '0');
        return strcmp(name, ".xml") == 0 ? number : 0;
}

int report_xlsx_check(const ReportXlsx *xlsx, ReportXlsxRead read, void *userdata) {
        Archive archive = { .read = read, .userdata = userdata };
        uint64_t offset = 0, n = 0;
        size_t n_sheets = 0;
        int r = find_size(&archive);

        if (r == 0)
                r = find_directory(&archive, &offset, &n);
        for (uint64_t i = 0; i < n && r == 0; i++) {
                Member member;
                size_t sheet;

                r = read_entry(&archive, &offset, &member);
                if (r < 0)
                        break;
                sheet = sheet_of(member.name);
                if (sheet > xlsx->n_sheets)
                        return -EIO;
                n_sheets += sheet > 0;
                r = check_member(&archive, &member, sheet > 0 ? xlsx->data_sizes[sheet - 1] : 0);
        }
        return r == 0 && n_sheets != xlsx->n_sheets ? -EIO : r;
}
