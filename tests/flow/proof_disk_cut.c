/* What is left of the events of a log, when the power goes after some of them. */
#include <assert.h>
#include <string.h>

#include "tests/flow/harness.h"
#include "tests/flow/proof_disk_private.h"

#define SECTOR 512

/* --- files and names of a cut ----------------------------------------------------------------- */

/* Below the place, of the log's whole paths. */
static const char *below(const Cut *cut, const char *path) {
        size_t size = strlen(cut->disk->folder);

        return strlen(path) > size ? path + size + 1 : "";
}

static unsigned add_node(Cut *cut, uint64_t inode, const Before *before, bool folder) {
        Node *node = &cut->nodes[cut->n_nodes];

        assert(cut->n_nodes < CUT_NODES_MAX);
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
        return CUT_NODES_MAX;
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
                assert(cut->n_names < CUT_NAMES_MAX);
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
        assert(cut->n_folders < CUT_NAMES_MAX);
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
                Node *node = cut->node_of[i] < CUT_NODES_MAX ? &cut->nodes[cut->node_of[i]] : NULL;
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
        return proof_draw(&cut->seed, CUT_ALL) < cut->chance;
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
        if (!cut->kept[i] && (i == cut->last || proof_draw(&cut->seed, CUT_ALL) < cut->torn))
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
                         cut->node_of[i] < CUT_NODES_MAX)
                        do_data(cut, i);
        }
}

void proof_disk_cut(Cut *cut) {
        find_nodes(cut);
        look_back(cut);
        look_forward(cut);
}
