/* checkoutctl check: looks at order files, and payout files, as intake will, with the same code;
 * needs no daemon, no store and no settings file. */
#include "daemon/ctl/check.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/ctl/terminal.h"
#include "daemon/spool/control_file.h"

#define PRINT_ABOVE    ((size_t) 64 * 1024)
#define PROGRESS_ABOVE (8 * 1000 * 1000)

const Problem *check_refusals(const CheckFile *file, size_t *ret_n) {
        if (file->payout)
                return check_payout_refusals(file, ret_n);
        if (file->check)
                return batch_check_refusals(file->check, ret_n);
        *ret_n = file->refused.code != PROBLEM_NONE ? 1 : 0;
        return &file->refused;
}

/* --- rows ----------------------------------------------------------------------------------- */

static void count(BatchSum *sum, const Order *order) {
        sum->count++;
        sum->sum += order->amount;
}

/* Two good rows with one number: the ledger will let only the first one go. */
static int check_reference(CheckFile *file, const Order *order) {
        Problem problem = { .line = order->line,
                            .column_name = TEXT("order_id"),
                            .value = order->text[FIELD_ORDER_ID] };
        bool spanish = file->profile->rules.language == LANGUAGE_ES;
        char detail[32];
        uint32_t line;
        int seen = references_add(file->references, order, &line);

        if (seen <= 0)
                return seen;
        if (seen == REFERENCE_SAME) {
                problem.code = PROBLEM_DUPLICATE;
                file->n_duplicates++;
                count(&file->duplicate[order->currency], order);
        } else {
                problem.code = PROBLEM_CONFLICT;
                file->n_conflicts++;
                count(&file->conflict[order->currency], order);
        }
        (void) snprintf(detail, sizeof(detail), "%s %" PRIu32, spanish ? "línea" : "line", line);
        problem.detail = text_of(detail);
        return check_print_problem(file, &problem);
}

int check_print_flush(CheckFile *file) {
        int r;

        if (file->out->size < PRINT_ABOVE)
                return 0;
        r = ctl_print(file->out);
        buffer_clear(file->out);
        return r == EXIT_GOOD ? 0 : -EPIPE; /* said by ctl_print() */
}

static int on_order(void *userdata, const Order *order) {
        CheckFile *file = userdata;
        int r;

        if (order->n_problems == 0)
                r = check_reference(file, order);
        else
                r = 0;
        for (size_t i = 0; i < order->n_problems && r >= 0; i++)
                r = check_print_problem(file, &order->problems[i]);
        return r < 0 ? r : check_print_flush(file);
}

static bool on_pause(void *userdata) {
        CheckFile *file = userdata;

        progress_draw(&file->progress, (int64_t) order_file_offset(file->file),
                      (int64_t) file->size);
        return false;
}

/* --- one file ------------------------------------------------------------------------------- */

static int scan(CheckFile *file) {
        CLEANUP(dialect_scan_free_p) DialectScan *dialect = NULL;
        CLEANUP(digest_free_p) Digest *digest = NULL;
        static char block[256 * 1024];
        uint64_t offset = 0;
        int64_t n;
        int r = dialect_scan_new(file->profile->rules.encoding, &dialect);

        if (r >= 0)
                r = digest_new(&digest);
        while (r >= 0 && (n = ctl_read_file(&file->fd, offset, block, sizeof(block))) > 0) {
                dialect_scan_add(dialect, block, (size_t) n);
                r = digest_add(digest, block, (size_t) n);
                offset += (uint64_t) n;
        }
        if (r < 0 || n < 0)
                return r < 0 ? r : (int) n;
        dialect_scan_end(dialect, &file->facts);
        file->refused.code = file->facts.refused;
        return digest_end(digest, file->sha256);
}

/* 0 or negative errno: also where it is another one by now. */
static int read_control(CheckFile *file, const char *path) {
        AUTO_CLOSE int fd = -1;
        struct stat st;
        int r = control_file_look(AT_FDCWD, path, &st, &file->declared);

        if (r > 0)
                r = control_file_open(AT_FDCWD, path, &file->declared, &fd);
        if (r > 0)
                r = fstat(fd, &st) < 0 ? -errno
                                       : control_file_read(fd, st.st_size, &file->declared);
        return r < 0 ? r : 0;
}

/* As intake finds it, by the name and beside it. */
static int read_declared(CheckFile *file) {
        const char *slash = strrchr(file->path, '/');
        const char *name = slash ? slash + 1 : file->path;
        char control[NAME_MAX + 1];
        int r = 0;

        order_totals_of_name(&file->declared, text_of(name));
        for (size_t i = 0; r >= 0 && i < CONTROL_FILE_NAMES; i++) {
                AUTO_BUFFER path = BUFFER_EMPTY;

                control_file_name(name, i, control);
                if (control[0] == '\0')
                        continue;
                r = buffer_append(&path, file->path, (size_t) (name - file->path));
                if (r >= 0)
                        r = buffer_append_string(&path, control);
                if (r >= 0)
                        r = read_control(file, path.data);
        }
        return r;
}

static int read_rows(CheckFile *file) {
        int r = order_file_open(&file->profile->rules, &file->facts, ctl_wall_clock(),
                                ctl_read_file, &file->fd, &file->file);

        if (r >= 0)
                r = references_new(&file->references);
        if (r >= 0)
                r = batch_check_new(file->profile, file->file, &file->check);
        if (r >= 0)
                r = read_declared(file);
        if (r < 0)
                return r;
        batch_check_declare(file->check, &file->declared, file->sha256);
        if (order_file_is_child(file->file))
                batch_check_set_mended(file->check);
        if (file->size > PROGRESS_ABOVE)
                progress_begin(&file->progress,
                               file->profile->rules.language == LANGUAGE_ES ? "revisando"
                                                                            : "checking",
                               PROGRESS_BYTES, 0);
        r = batch_check_slice(file->check, on_pause, on_order, file);
        progress_end(&file->progress);
        return r;
}

static int open_file(CheckFile *file, uint64_t max_size) {
        struct stat st;

        file->fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        if (file->fd < 0 || fstat(file->fd, &st) < 0) {
                ctl_complain("%s: %s", file->path, strerror(errno));
                return EX_IOERR;
        }
        if (!S_ISREG(st.st_mode)) {
                ctl_complain("%s: not a regular file", file->path);
                return EX_IOERR;
        }
        file->size = (uint64_t) st.st_size;
        if (file->size > max_size)
                file->refused.code = PROBLEM_FILE_SIZE;
        return EXIT_GOOD;
}

static int verdict(const CheckFile *file) {
        size_t n_refusals;

        (void) check_refusals(file, &n_refusals);
        if (n_refusals > 0 || (file->payout && file->payout->bad_lines > 0))
                return EXIT_BAD;
        if (file->payout)
                return EXIT_GOOD;
        return file->check->rejected + file->check->bad_instructions + file->n_conflicts > 0
                       ? EXIT_SOME
                       : EXIT_GOOD;
}

static int look_at(CheckFile *file, uint64_t max_size) {
        AUTO_BUFFER limit = BUFFER_EMPTY;
        int r = open_file(file, max_size);

        if (r != EXIT_GOOD)
                return r;
        r = buffer_printf(&limit, "%" PRIu64 " MB", max_size / (1024 * 1024));
        if (r >= 0 && file->refused.code == PROBLEM_NONE)
                r = scan(file);
        file->refused.detail = (Text){ limit.data, limit.size };
        if (r >= 0 && file->refused.code == PROBLEM_NONE)
                r = check_payout_is(file);
        if (r >= 0)
                r = check_print_begin(file);
        if (r >= 0 && file->payout)
                r = check_payout_read(file);
        else if (r >= 0 && file->refused.code == PROBLEM_NONE)
                r = read_rows(file);
        if (r >= 0)
                r = check_print_end(file);
        if (r >= 0)
                return verdict(file);
        return r == -EPIPE ? EX_IOERR : ctl_failed(file->path, r);
}

static int check_file(CheckFile *file, uint64_t max_size) {
        int r = look_at(file, max_size);

        progress_end(&file->progress);
        check_payout_done(file);
        (void) batch_check_free(file->check);
        (void) order_file_free(file->file);
        (void) references_free(file->references);
        (void) table_free(file->table);
        if (file->fd >= 0)
                (void) close(file->fd);
        return r;
}

/* --- the command ---------------------------------------------------------------------------- */

static int load_settings(const Ctl *ctl, Settings **ret_settings) {
        AUTO_FREE char *complaint = NULL;

        if (ctl->config || access(SETTINGS_DEFAULT_FILE, F_OK) == 0 || errno != ENOENT)
                return ctl_load_settings(ctl, ret_settings);
        (void) fputs("checkoutctl: there is no " SETTINGS_DEFAULT_FILE
                     "; checking with the built-in defaults\n",
                     stderr);
        return settings_defaults(ret_settings, &complaint);
}

/* An I/O error says more than a refused file, that more than a rejected row. */
static int worse(int a, int b) {
        return a > b ? a : b;
}

static int check_files(Ctl *ctl, const Settings *settings, const Profile *profile, bool all,
                       char **paths) {
        AUTO_BUFFER out = BUFFER_EMPTY;
        Json json = JSON_INTO(&out);
        int r = EXIT_GOOD;

        if (ctl->json) {
                json_object(&json, NULL);
                json_array(&json, "files");
        }
        for (char **first = paths; *paths; paths++) {
                CheckFile file = { .profile = profile,
                                   .payouts = settings->payouts,
                                   .path = *paths,
                                   .all = all,
                                   .follows = paths > first,
                                   .json = ctl->json ? &json : NULL,
                                   .out = &out,
                                   .fd = -1 };

                r = worse(r, check_file(&file, settings->spool.max_file_size));
        }
        if (ctl->json) {
                json_end_array(&json);
                json_end_object(&json);
                if (json.error == 0)
                        json.error = buffer_append_char(&out, '\n');
                if (json.error < 0)
                        return ctl_failed("check", json.error);
        }
        return worse(r, ctl_print(&out));
}

int ctl_check(Ctl *ctl, int argc, char **argv) {
        enum { OPTION_PROFILE = OPTION_OWN, OPTION_ALL };
        static const struct option options[] = {
                CTL_OPTIONS,
                { "profile", required_argument, NULL, OPTION_PROFILE },
                { "all", no_argument, NULL, OPTION_ALL },
                { NULL, 0, NULL, 0 },
        };
        CLEANUP(settings_free_p) Settings *settings = NULL;
        const Profile *profile;
        const char *name = "";
        bool all = false;
        int c, r = EXIT_GOOD;

        while ((c = ctl_option(ctl, argc, argv, options, &r)) >= 0) {
                if (c == '?')
                        return r;
                if (c == OPTION_PROFILE)
                        name = optarg;
                else
                        all = true;
        }
        if (optind >= argc)
                return ctl_usage(argv[0], "name at least one file");
        r = load_settings(ctl, &settings);
        if (r != EXIT_GOOD)
                return r;
        profile = settings_folder(settings, name);
        if (!profile)
                return ctl_usage(argv[0], "there is no [profile %s] in %s", name, settings->file);
        return check_files(ctl, settings, profile, all, argv + optind);
}
