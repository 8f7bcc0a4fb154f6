/* One file under `checkoutctl check`: what check.c finds and check_print.c shows. Private to both.
 */
#pragma once

#include "daemon/batch_check.h"
#include "daemon/ctl/ctl.h"
#include "daemon/ctl/json.h"
#include "daemon/ctl/progress.h"
#include "daemon/ctl/references.h"
#include "daemon/ctl/table.h"

typedef struct CheckFile {
        const Profile *profile;
        const char *path;
        bool all;     /* no limit to the problems shown */
        bool follows; /* on another file */
        Json *json;   /* NULL: for people */
        Buffer *out;  /* printed now and then */

        int fd;
        uint64_t size;
        FileFacts facts;
        uint8_t sha256[DIGEST_SIZE];
        OrderTotals declared; /* by its name, and by a .ctl beside it */
        OrderFile *file;
        BatchCheck *check; /* NULL: its rows were not read */
        Problem refused;   /* why not */
        References *references;
        BatchSum duplicate[CURRENCY_COUNT], conflict[CURRENCY_COUNT];
        int64_t n_duplicates, n_conflicts;
        Progress progress;

        Table *table; /* on a terminal */
        int64_t n_shown, n_hidden;
} CheckFile;

/* What refuses the file as a whole. */
const Problem *check_refusals(const CheckFile *file, size_t *ret_n);

/* Each 0 or negative errno. */
int check_print_begin(CheckFile *file);
int check_print_problem(CheckFile *file, const Problem *problem);
int check_print_end(CheckFile *file);
