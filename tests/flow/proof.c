/* Files of orders, places, and many points at once. */
#include "tests/flow/proof.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "jobs/base/cleanup.h"
#include "tests/flow/harness.h"

#define ROOM_WANTED (UINT64_C(512) << 20) /* bytes in memory, or the proof goes to disk */

/* --- files of orders -------------------------------------------------------------------------- */

/* The i-th of n in an order that is no order: a step that has no divisor in common with n. */
static unsigned mix(unsigned i, unsigned n, bool mixed) {
        unsigned stride = 7919; /* a prime */

        return mixed && n % stride != 0 ? (unsigned) ((uint64_t) i * stride % n) : i;
}

ProofFile proof_file(const char *stem, unsigned n_good, unsigned n_bad, bool mixed) {
        ProofFile file = { .stem = stem, .n_good = n_good, .n_bad = n_bad };
        FILE *out = open_memstream(&file.text, &file.size);

        assert_non_null(out);
        (void) fputs("order_id,amount,currency\n", out);
        for (unsigned i = 0; i < n_good; i++) {
                unsigned number = mix(i, n_good, mixed) + 1;

                (void) fprintf(out, "%s-%06u,%u,CLP\n", stem, number, 1000 + number);
        }
        for (unsigned i = 1; i <= n_bad; i++)
                (void) fprintf(out, "%s-bad%u,none,CLP\n", stem, i);
        assert_int_equal(fclose(out), 0);
        return file;
}

ProofFile proof_file_later(const char *stem, unsigned n_good, int64_t send_at) {
        ProofFile file = { .stem = stem, .n_good = n_good };
        FILE *out = open_memstream(&file.text, &file.size);
        char when[32];
        time_t seconds = (time_t) send_at;
        struct tm parts;

        assert_non_null(out);
        assert_non_null(gmtime_r(&seconds, &parts));
        assert_true(strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &parts) > 0);
        (void) fputs("order_id,amount,currency,send_at\n", out);
        for (unsigned i = 1; i <= n_good; i++)
                (void) fprintf(out, "%s-%06u,%u,CLP,%s\n", stem, i, 1000 + i,
                               i == n_good ? when : "");
        assert_int_equal(fclose(out), 0);
        return file;
}

void proof_file_done(ProofFile *file) {
        free(file->text);
        *file = (ProofFile){ 0 };
}

/* --- places ----------------------------------------------------------------------------------- */

static bool has_room(const char *path) {
        struct statvfs facts;

        return access(path, W_OK | X_OK) == 0 && statvfs(path, &facts) == 0 &&
               (uint64_t) facts.f_bavail * facts.f_frsize >= ROOM_WANTED;
}

void proof_base_make(char base[static 256]) {
        const char *temporary = getenv("TMPDIR");
        const char *below = has_room("/dev/shm") ? "/dev/shm" : temporary ? temporary : "/tmp";

        assert_true(snprintf(base, 256, "%s/checkoutd-proof.XXXXXX", below) < 256);
        assert_non_null(mkdtemp(base));
}

void proof_base_remove(const char *base) {
        if (rmdir(base) < 0)
                print_error("kept: %s\n", base);
}

bool proof_wrong(ProofPlace *place, const char *format, ...) {
        va_list arguments;

        va_start(arguments, format);
        if (place->wrong[0] == '\0') /* the first is the cause */
                (void) vsnprintf(place->wrong, sizeof(place->wrong), format, arguments);
        va_end(arguments);
        return false;
}

static bool put(ProofPlace *place, const char *path, const void *bytes, size_t size) {
        AUTO_CLOSE int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

        if (fd < 0 || write(fd, bytes, size) != (ssize_t) size)
                return proof_wrong(place, "cannot write %s: %s", path, strerror(errno));
        return true;
}

static bool below(const ProofPlace *place, const char *name, char path[static PATH_MAX]) {
        return snprintf(path, PATH_MAX, "%s/%s", place->folder, name) < PATH_MAX;
}

static bool make_folders(ProofPlace *place) {
        static const char *const folders[] = { "", "spool", "spool/incoming" };

        for (size_t i = 0; i < ELEMENTS(folders); i++) {
                char path[PATH_MAX];

                if (!below(place, folders[i], path) || (mkdir(path, 0755) < 0 && errno != EEXIST))
                        return proof_wrong(place, "cannot make %s: %s", path, strerror(errno));
        }
        return true;
}

void proof_must(const ProofPlace *place, bool good) {
        if (!good)
                print_error("%s\n", place->wrong);
        assert_true(good);
}

bool proof_place_make(ProofPlace *place, const char *base, const char *name) {
        char path[PATH_MAX];

        *place = (ProofPlace){ .settings = "" };
        place->sandbox.pidfd = -1;
        (void) snprintf(place->folder, sizeof(place->folder), "%s/%s", base, name);
        return make_folders(place) && below(place, "key", path) &&
               put(place, path, "sk_test_proof\n", 14);
}

static int remove_entry(const char *path, const struct stat *facts, int kind, struct FTW *at) {
        (void) facts;
        (void) kind;
        (void) at;
        return remove(path);
}

void proof_place_remove(ProofPlace *place) {
        proof_sandbox_stop(place);
        if (place->wrong[0] == '\0')
                (void) nftw(place->folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static bool copy_file(ProofPlace *place, const char *from, const char *to) {
        AUTO_CLOSE int in = open(from, O_RDONLY | O_CLOEXEC);
        AUTO_CLOSE int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        ssize_t n;

        if (in < 0 || out < 0)
                return proof_wrong(place, "cannot copy %s: %s", from, strerror(errno));
        do
                n = copy_file_range(in, NULL, out, NULL, SIZE_MAX / 2, 0);
        while (n > 0);
        return n == 0 || proof_wrong(place, "cannot copy %s: %s", from, strerror(errno));
}

/* nftw(3) hands nothing through. */
static struct {
        ProofPlace *place;
        size_t from_size;
} copying;

static int copy_entry(const char *path, const struct stat *facts, int kind, struct FTW *at) {
        char to[PATH_MAX];

        (void) at;
        if (!below(copying.place, path + copying.from_size, to))
                return -1;
        if (kind == FTW_D)
                return mkdir(to, facts->st_mode & 0777) < 0 && errno != EEXIST ? -1 : 0;
        return copy_file(copying.place, path, to) ? 0 : -1;
}

static bool copy_part(ProofPlace *place, const char *from_folder, const char *part) {
        char from[PATH_MAX];

        copying.place = place;
        copying.from_size = strlen(from_folder) + 1;
        (void) snprintf(from, sizeof(from), "%s/%s", from_folder, part);
        return nftw(from, copy_entry, 16, FTW_PHYS) == 0 ||
               proof_wrong(place, "cannot copy %s: %s", from, strerror(errno));
}

bool proof_store_copy(ProofPlace *place, const char *from_folder) {
        return copy_part(place, from_folder, "checkoutd.db");
}

bool proof_place_copy(ProofPlace *place, const char *from_folder) {
        return copy_part(place, from_folder, "spool") && proof_store_copy(place, from_folder);
}

static bool drop(ProofPlace *place, const char *stem, const char *ending, const char *text,
                 size_t size) {
        char beside[PATH_MAX], name[128], path[PATH_MAX];

        (void) snprintf(name, sizeof(name), "spool/incoming/%s.csv%s", stem, ending);
        if (!below(place, "dropped", beside) || !below(place, name, path) ||
            !put(place, beside, text, size))
                return false;
        return rename(beside, path) == 0 ||
               proof_wrong(place, "cannot drop %s: %s", path, strerror(errno));
}

bool proof_drop(ProofPlace *place, const ProofFile *file) {
        return (!file->control ||
                drop(place, file->stem, ".ctl", file->control, strlen(file->control))) &&
               drop(place, file->stem, "", file->text, file->size);
}

/* --- many points ------------------------------------------------------------------------------ */

ProofTally *proof_tally_new(void) {
        void *tally = mmap(NULL, sizeof(ProofTally), PROT_READ | PROT_WRITE,
                           MAP_SHARED | MAP_ANONYMOUS, -1, 0);

        assert_true(tally != MAP_FAILED);
        return tally;
}

void proof_tally_free(ProofTally *tally) {
        (void) munmap(tally, sizeof(*tally));
}

void proof_tally_add(ProofTally *tally, const ProofCounts *counts) {
        tally->orders += counts->orders;
        tally->sessions += counts->sessions;
        tally->duplicates += counts->duplicates;
        tally->lost += counts->lost;
}

void proof_tally_fail(ProofTally *tally, unsigned point, const ProofPlace *place,
                      const char *what) {
        unsigned n = tally->failures++;

        if (n < PROOF_FAILURES)
                (void) snprintf(tally->told[n], sizeof(tally->told[n]),
                                "point %u%s%s: %s (kept: %s)", point, what[0] ? ", " : "", what,
                                place->wrong, place->folder);
}

static void work(ProofTally *tally, ProofPoint point, const void *userdata) {
        while (tally->failures < PROOF_FAILURES)
                if (!point(tally, ++tally->next, userdata))
                        break;
        _exit(0);
}

void proof_points(ProofTally *tally, unsigned workers, ProofPoint point, const void *userdata) {
        pid_t pids[16];

        assert_true(workers <= ELEMENTS(pids));
        (void) fflush(NULL);
        for (unsigned i = 0; i < workers; i++) {
                pids[i] = fork();
                assert_true(pids[i] >= 0);
                if (pids[i] == 0) {
                        (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
                        work(tally, point, userdata);
                }
        }
        for (unsigned i = 0; i < workers; i++) {
                int status = -1;

                if (waitpid(pids[i], &status, 0) < 0 || status != 0)
                        tally->failures++;
        }
}

void proof_tell(const char *name, const ProofTally *tally) {
        for (unsigned i = 0; i < tally->failures && i < PROOF_FAILURES; i++)
                print_error("scenario %s: %s\n", name, tally->told[i]);
        print_message("scenario %s: points %u, orders %u, sessions %u, duplicates %u, lost %u, "
                      "restarts %u\n",
                      name, tally->points, tally->orders, tally->sessions, tally->duplicates,
                      tally->lost, tally->restarts);
        assert_int_equal(tally->duplicates, 0);
        assert_int_equal(tally->lost, 0);
        assert_int_equal(tally->failures, 0);
        assert_true(tally->points > 0);
}
