/* A cut, made into a place. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/flow/harness.h"
#include "tests/flow/proof_disk_private.h"

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

bool proof_disk_make(const Cut *cut) {
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
