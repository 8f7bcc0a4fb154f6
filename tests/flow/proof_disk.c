/* A power cut, from the log of what was done. */
#include "tests/flow/proof_disk.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/flow/harness.h"

#define NODES_MAX  512
#define NAMES_MAX  512
#define SECTOR     512
#define CHANCE_ALL 100 /* percent */

/* A file or folder that was there before. */
typedef struct Before {
        char *path; /* below the place: "spool/incoming/a.csv" */
        struct stat facts;
        char *bytes;
} Before;

struct ProofDisk {
        char *folder; /* of the place that was recorded */
        Before *before;
        size_t n_before;
};

/* An inode's life: the same number may be used again. */
typedef struct Node {
        uint64_t inode;
        const Before *before; /* NULL: made in the run */
        char *bytes;
        size_t size;
        bool folder;
        bool synced; /* when looking back: a sync follows */
} Node;

typedef struct Name {
        const char *path; /* NULL: gone */
        unsigned node;
} Name;

/* A folder, by its path, while events are looked at. */
typedef struct Folder {
        const char *path;
        size_t size;
        bool synced;  /* looking back: a sync of it follows */
        bool blocked; /* looking forward: what comes did not happen any more */
} Folder;

/* One cut. */
typedef struct Cut {
        const ProofDisk *disk;
        const ProofLog *log;
        size_t end;
        uint64_t seed;
        unsigned chance; /* percent, of what was not synced */
        unsigned torn;   /* percent, of a write that happened unsynced */
        size_t last;     /* the last write of all */
        ProofPlace *place;
        Node nodes[NODES_MAX];
        size_t n_nodes;
        Name names[NAMES_MAX];
        size_t n_names;
        Folder folders[NAMES_MAX];
        size_t n_folders;
        unsigned *node_of; /* by event; NODES_MAX: none */
        bool *kept;        /* by event: it was synced */
} Cut;

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

/* --- files and names of a cut ----------------------------------------------------------------- */

/* Below the place, of the log's whole paths. */
static const char *below(const Cut *cut, const char *path) {
        size_t size = strlen(cut->disk->folder);

        return strlen(path) > size ? path + size + 1 : "";
}

static unsigned add_node(Cut *cut, uint64_t inode, const Before *before, bool folder) {
        Node *node = &cut->nodes[cut->n_nodes];

        assert(cut->n_nodes < NODES_MAX);
        *node = (Node){ .inode = inode, .before = before, .folder = folder };
        if (before && before->bytes) {
                node->size = (size_t) before->facts.st_size;
                node->bytes = malloc(node->size + 1);
                assert(node->bytes);
                (void) memcpy(node->bytes, before->bytes, node->size);
        }
        return (unsigned) cut->n_nodes++;
}

/* The youngest with this number. */
static unsigned find_node(const Cut *cut, uint64_t inode) {
        for (size_t i = cut->n_nodes; i-- > 0;)
                if (cut->nodes[i].inode == inode)
                        return (unsigned) i;
        return NODES_MAX;
}

static Name *find_name(Cut *cut, const char *path) {
        for (size_t i = 0; i < cut->n_names; i++)
                if (cut->names[i].path && strcmp(cut->names[i].path, path) == 0)
                        return &cut->names[i];
        return NULL;
}

static void set_name(Cut *cut, const char *path, unsigned node) {
        Name *name = find_name(cut, path);

        if (!name) {
                assert(cut->n_names < NAMES_MAX);
                name = &cut->names[cut->n_names++];
        }
        *name = (Name){ path, node };
}

/* The folder that is named by the first bytes of a path; none: the place itself. */
static Folder *find_folder(Cut *cut, const char *path, size_t size) {
        Folder *folder;

        for (size_t i = 0; i < cut->n_folders; i++)
                if (cut->folders[i].size == size && strncmp(cut->folders[i].path, path, size) == 0)
                        return &cut->folders[i];
        assert(cut->n_folders < NAMES_MAX);
        folder = &cut->folders[cut->n_folders++];
        *folder = (Folder){ .path = path, .size = size };
        return folder;
}

static Folder *folder_of(Cut *cut, const char *path) {
        const char *slash = strrchr(path, '/');

        return find_folder(cut, path, slash ? (size_t) (slash - path) : 0);
}

/* --- which events were synced ----------------------------------------------------------------- */

static bool is_name_event(ShimKind kind) {
        return kind == SHIM_CREATE || kind == SHIM_MKDIR || kind == SHIM_RENAME ||
               kind == SHIM_LINK || kind == SHIM_UNLINK;
}

/* Which life of its inode an event is about. */
static void find_nodes(Cut *cut) {
        for (size_t i = 0; i < cut->disk->n_before; i++) {
                const Before *before = &cut->disk->before[i];
                unsigned node =
                        add_node(cut, before->facts.st_ino, before, S_ISDIR(before->facts.st_mode));

                set_name(cut, before->path, node);
        }
        for (size_t i = 0; i < cut->end; i++) {
                const ProofEvent *event = &cut->log->events[i];

                if (event->kind == SHIM_CREATE || event->kind == SHIM_MKDIR)
                        cut->node_of[i] =
                                add_node(cut, event->inode, NULL, event->kind == SHIM_MKDIR);
                else
                        cut->node_of[i] = find_node(cut, event->inode);
                if (event->kind == SHIM_WRITE)
                        cut->last = i;
        }
}

static bool holds_synced(const Cut *cut, const char *path) {
        size_t size = strlen(path);

        for (size_t i = 0; i < cut->n_folders; i++) {
                const Folder *folder = &cut->folders[i];

                if (folder->synced && folder->size >= size &&
                    strncmp(folder->path, path, size) == 0 &&
                    (folder->size == size || folder->path[size] == '/'))
                        return true;
        }
        return false;
}

/* A name that is to be there needs all that happened before to the folders that it is about. */
static bool name_was_synced(Cut *cut, const ProofEvent *event) {
        const char *path = below(cut, event->path), *to = below(cut, event->to);
        Folder *a = folder_of(cut, path), *b = to[0] ? folder_of(cut, to) : a;
        bool synced =
                a->synced || b->synced || (event->kind == SHIM_MKDIR && holds_synced(cut, path));

        a->synced = b->synced = synced;
        return synced;
}

static void look_back(Cut *cut) {
        for (size_t i = cut->end; i-- > 0;) {
                const ProofEvent *event = &cut->log->events[i];
                Node *node = cut->node_of[i] < NODES_MAX ? &cut->nodes[cut->node_of[i]] : NULL;
                const char *path = below(cut, event->path);

                if (is_name_event(event->kind))
                        cut->kept[i] = name_was_synced(cut, event);
                else if (event->kind == SHIM_SYNC && (!node || node->folder))
                        find_folder(cut, path, strlen(path))->synced = true;
                else if (event->kind == SHIM_SYNC)
                        node->synced = true;
                else if (node)
                        cut->kept[i] = node->synced;
        }
}

/* --- what is left ----------------------------------------------------------------------------- */

static bool happens(Cut *cut) {
        return proof_draw(&cut->seed, CHANCE_ALL) < cut->chance;
}

static void change_names(Cut *cut, const ProofEvent *event, unsigned node) {
        const char *path = below(cut, event->path), *to = below(cut, event->to);
        Name *name = find_name(cut, path);

        if (event->kind == SHIM_CREATE || event->kind == SHIM_MKDIR) {
                set_name(cut, path, node);
                return;
        }
        if (!name) /* of a file that is not looked at */
                return;
        if (event->kind != SHIM_UNLINK)
                set_name(cut, to, name->node);
        if (event->kind != SHIM_LINK)
                find_name(cut, path)->path = NULL;
}

static void do_names(Cut *cut, size_t i) {
        const ProofEvent *event = &cut->log->events[i];
        Folder *a = folder_of(cut, below(cut, event->path));
        Folder *b = event->to[0] ? folder_of(cut, below(cut, event->to)) : a;
        bool done = cut->kept[i] || (!a->blocked && !b->blocked && happens(cut));

        assert(!cut->kept[i] || (!a->blocked && !b->blocked));
        if (done)
                change_names(cut, event, cut->node_of[i]);
        else
                a->blocked = b->blocked = true;
}

static void resize(Node *node, size_t size) {
        char *grown = realloc(node->bytes, size + 1);

        assert(grown);
        if (size > node->size)
                (void) memset(grown + node->size, 0, size - node->size);
        node->bytes = grown;
        node->size = size;
}

/* How much of an unsynced write got to the disk: whole sectors from its beginning. */
static size_t tear(Cut *cut, const ProofEvent *event) {
        uint64_t begin = (uint64_t) event->offset, end = begin + event->size;
        uint64_t sectors = end / SECTOR - begin / SECTOR;
        uint64_t cut_at = (begin / SECTOR + proof_draw(&cut->seed, sectors + 1)) * SECTOR;

        return cut_at > begin ? (size_t) (cut_at - begin) : 0;
}

static void do_data(Cut *cut, size_t i) {
        const ProofEvent *event = &cut->log->events[i];
        Node *node = &cut->nodes[cut->node_of[i]];
        size_t offset = (size_t) event->offset, size = event->size;

        if (!cut->kept[i] && !happens(cut))
                return;
        if (event->kind == SHIM_TRUNCATE) {
                resize(node, offset);
                return;
        }
        if (!cut->kept[i] && (i == cut->last || proof_draw(&cut->seed, CHANCE_ALL) < cut->torn))
                size = tear(cut, event);
        if (size == 0)
                return;
        if (offset + size > node->size)
                resize(node, offset + size);
        (void) memcpy(node->bytes + offset, event->data, size);
}

static void look_forward(Cut *cut) {
        for (size_t i = 0; i < cut->end; i++) {
                ShimKind kind = cut->log->events[i].kind;

                if (is_name_event(kind))
                        do_names(cut, i);
                else if ((kind == SHIM_WRITE || kind == SHIM_TRUNCATE) &&
                         cut->node_of[i] < NODES_MAX)
                        do_data(cut, i);
        }
}

/* --- into a place ----------------------------------------------------------------------------- */

static bool is_lost(const char *path) {
        static const char shm[] = "-shm";
        size_t size = strlen(path);

        return size > strlen(shm) && strcmp(path + size - strlen(shm), shm) == 0;
}

/* What lies in a folder that did not survive, did not either. */
static bool make_file(const Cut *cut, const Name *name, FILE *facts_file) {
        const Node *node = &cut->nodes[name->node];
        char path[PATH_MAX];
        AUTO_CLOSE int fd = -1;
        struct stat facts;

        (void) snprintf(path, sizeof(path), "%s/%s", cut->place->folder, name->path);
        fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (fd < 0 && errno == ENOENT)
                return true;
        if (fd < 0 ||
            (node->size > 0 && write(fd, node->bytes, node->size) != (ssize_t) node->size))
                return proof_wrong(cut->place, "cannot rebuild %s: %s", path, strerror(errno));
        if (node->before && fstat(fd, &facts) == 0) {
                const ShimFacts told = { .inode = facts.st_ino,
                                         .told_device = node->before->facts.st_dev,
                                         .told_inode = node->before->facts.st_ino,
                                         .told_mtime = node->before->facts.st_mtim,
                                         .told_ctime = node->before->facts.st_ctim };

                return fwrite(&told, sizeof(told), 1, facts_file) == 1;
        }
        return true;
}

static bool make_folder(const Cut *cut, const Name *name) {
        char path[PATH_MAX];

        (void) snprintf(path, sizeof(path), "%s/%s", cut->place->folder, name->path);
        return mkdir(path, 0755) == 0 || errno == EEXIST || errno == ENOENT ||
               proof_wrong(cut->place, "cannot rebuild %s: %s", path, strerror(errno));
}

static bool make_all(const Cut *cut) {
        char path[PATH_MAX];
        CLEANUP(close_file_p) FILE *facts = NULL;
        bool good = true;

        (void) snprintf(path, sizeof(path), "%s/facts", cut->place->folder);
        facts = fopen(path, "we");
        if (!facts)
                return proof_wrong(cut->place, "cannot write %s", path);
        for (size_t i = 0; good && i < cut->n_names; i++)
                if (cut->names[i].path && cut->nodes[cut->names[i].node].folder)
                        good = make_folder(cut, &cut->names[i]);
        for (size_t i = 0; good && i < cut->n_names; i++)
                if (cut->names[i].path && !cut->nodes[cut->names[i].node].folder &&
                    !is_lost(cut->names[i].path))
                        good = make_file(cut, &cut->names[i], facts);
        return good;
}

/* Nothing that was not synced survived; or all of it, but for half of the last write; or some. */
static void draw_chances(Cut *cut) {
        static const unsigned chances[] = { 0, CHANCE_ALL, 20, 50, 80, 95 };

        cut->chance = chances[proof_draw(&cut->seed, ELEMENTS(chances))];
        cut->torn = cut->chance == CHANCE_ALL ? 0 : 30;
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
        find_nodes(cut);
        look_back(cut);
        look_forward(cut);
        return make_all(cut);
}
