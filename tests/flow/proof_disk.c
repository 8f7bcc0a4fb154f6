/* What lay on the disk before a run, and what a power cut leaves of it and of the log of the
 * run. */
#include <errno.h>
#include <ftw.h>
#include <string.h>

#include "tests/flow/harness.h"
#include "tests/flow/proof_disk_private.h"

uint64_t proof_draw(uint64_t *seed, uint64_t n) {
        uint64_t x = *seed += UINT64_C(0x9E3779B97F4A7C15); /* splitmix64 */

        x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
        x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
        return (x ^ (x >> 31)) % n;
}

/* --- before the run --------------------------------------------------------------------------- */

ProofDisk *proof_disk_free(ProofDisk *disk) {
        if (!disk)
                return NULL;
        for (size_t i = 0; i < disk->n_before; i++) {
                free(disk->before[i].path);
                free(disk->before[i].bytes);
        }
        free(disk->before);
        free(disk->folder);
        free(disk);
        return NULL;
}
DEFINE_CLEANUP(ProofDisk, proof_disk_free)

static ProofDisk *scanned; /* nftw(3) hands nothing through */

static int scan_entry(const char *path, const struct stat *facts, int kind, struct FTW *at) {
        Before *grown = realloc(scanned->before, (scanned->n_before + 1) * sizeof(*grown));
        CLEANUP(close_file_p) FILE *in = kind == FTW_F ? fopen(path, "re") : NULL;
        Before *before;

        (void) at;
        if (!grown)
                return -1;
        scanned->before = grown;
        before = &grown[scanned->n_before++];
        *before = (Before){ .path = strdup(path + strlen(scanned->folder) + 1), .facts = *facts };
        if (kind != FTW_F)
                return before->path ? 0 : -1;
        before->bytes = malloc((size_t) facts->st_size + 1);
        return before->path && before->bytes && in &&
                               fread(before->bytes, 1, (size_t) facts->st_size, in) ==
                                       (size_t) facts->st_size
                       ? 0
                       : -1;
}

ProofDisk *proof_disk_new(ProofPlace *place) {
        static const char *const parts[] = { "spool", "checkoutd.db" };
        CLEANUP(proof_disk_free_p) ProofDisk *disk = calloc(1, sizeof(*disk));

        if (disk)
                disk->folder = strdup(place->folder);
        if (!disk || !disk->folder)
                return NULL;
        scanned = disk;
        for (size_t i = 0; i < ELEMENTS(parts); i++) {
                char path[PATH_MAX];

                (void) snprintf(path, sizeof(path), "%s/%s", place->folder, parts[i]);
                if (nftw(path, scan_entry, 16, FTW_PHYS) != 0 && errno != ENOENT) {
                        (void) proof_wrong(place, "cannot read %s: %s", path, strerror(errno));
                        return NULL;
                }
        }
        return TAKE(disk);
}

/* --- a cut ------------------------------------------------------------------------------------ */

/* Nothing that was not synced survived; or all of it, but for half of the last write; or some. */
static void draw_chances(Cut *cut) {
        static const unsigned chances[] = { 0, CUT_ALL, 20, 50, 80, 95 };

        cut->chance = chances[proof_draw(&cut->seed, ELEMENTS(chances))];
        cut->torn = cut->chance == CUT_ALL ? 0 : 30;
}

static Cut *cut_free(Cut *cut) {
        if (!cut)
                return NULL;
        for (size_t i = 0; i < cut->n_nodes; i++)
                free(cut->nodes[i].bytes);
        free(cut->node_of);
        free(cut->kept);
        free(cut);
        return NULL;
}
DEFINE_CLEANUP(Cut, cut_free)

bool proof_disk_rebuild(const ProofDisk *disk, const ProofLog *log, size_t end, uint64_t seed,
                        ProofPlace *place) {
        CLEANUP(cut_free_p) Cut *cut = calloc(1, sizeof(*cut));

        if (!cut)
                return proof_wrong(place, "out of memory");
        cut->disk = disk;
        cut->log = log;
        cut->end = end;
        cut->last = SIZE_MAX;
        cut->seed = seed;
        cut->place = place;
        cut->node_of = calloc(end + 1, sizeof(*cut->node_of));
        cut->kept = calloc(end + 1, sizeof(*cut->kept));
        if (!cut->node_of || !cut->kept)
                return proof_wrong(place, "out of memory");
        draw_chances(cut);
        proof_disk_cut(cut);
        return proof_disk_make(cut);
}
