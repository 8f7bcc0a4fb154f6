#include "daemon/intake/approval_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <systemd/sd-event.h>
#include <time.h>

#include "daemon/base/log.h"
#include "daemon/intake/approval_file.h"

#define LOOK_EVERY       (2 * SECOND)
#define HINT_DELAY       (SECOND / 100)
#define AGAIN            (5 * SECOND)
#define FILES_AT_ONCE    16U /* the others wait in the folder */
#define COMMANDS_AT_ONCE 16U
#define AT_ONCE          (FILES_AT_ONCE + COMMANDS_AT_ONCE)

typedef enum AskedState {
        ASKED_NONE,
        ASKED_SEEN,
        ASKED_DECIDED, /* in this transaction */
        ASKED_KNOWN,   /* committed; to be answered */
} AskedState;

typedef struct Asked {
        AskedState state;
        ApprovalFile file; /* without a name: by command */
        ApprovalRequest request;
        ApprovalAnswer answer;
} Asked;

struct ApprovalFolder {
        ApprovalFolderOptions options;
        uid_t service;
        sd_event_source *timer, *watch;
        Asked asked[AT_ONCE];
        bool looked;
        int64_t looks_at; /* boot clock */
        bool said_wrong, said_odd;
        int64_t not_before; /* boot clock; after an error */
        int complained;
};

/* --- looking -------------------------------------------------------------------------------- */

/* Only earlier: hints that keep coming put off no look. */
static void look_at(ApprovalFolder *folder, int64_t at) {
        if (at >= folder->looks_at)
                return;
        folder->looks_at = at;
        (void) sd_event_source_set_time(folder->timer, (uint64_t) at);
        (void) sd_event_source_set_enabled(folder->timer, SD_EVENT_ONESHOT);
}

static Asked *free_asked(ApprovalFolder *folder, unsigned from, unsigned n) {
        for (unsigned i = from; i < from + n; i++)
                if (folder->asked[i].state == ASKED_NONE)
                        return &folder->asked[i];
        return NULL;
}

/* Seen before, and not through yet. */
static bool is_known(const ApprovalFolder *folder, const char *name) {
        for (unsigned i = 0; i < FILES_AT_ONCE; i++)
                if (folder->asked[i].state != ASKED_NONE &&
                    strcmp(folder->asked[i].file.name, name) == 0)
                        return true;
        return false;
}

/* False: there is no room for more. */
static bool see_entry(ApprovalFolder *folder, int fd, const char *name) {
        Asked *one = free_asked(folder, 0, FILES_AT_ONCE);
        int r;

        if (!one)
                return false;
        if (is_known(folder, name))
                return true;
        r = approval_file_look(fd, name, folder->options.settings->spool.settle, turn_wall(),
                               &one->file);
        if (r == -EINVAL && !folder->said_odd) {
                folder->said_odd = true;
                log_say(MESSAGE_FILE_STUCK,
                        "incoming/approve holds something that is no regular file; it is left alone");
        }
        if (r <= 0)
                return true;
        one->request = (ApprovalRequest){ .batch = one->file.batch,
                                          .digits = one->file.digits,
                                          .uid = one->file.uid,
                                          .way = APPROVAL_BY_FILE,
                                          .made_at = one->file.made_at };
        one->state = ASKED_SEEN;
        return true;
}

/* Nobody but the service may remove or rename what another has put there. */
static int open_folder(ApprovalFolder *folder) {
        int incoming =
                spool_incoming(folder->options.spool, &folder->options.settings->profiles[0]);
        int fd = approval_file_open_folder(incoming, approval_is_used(folder->options.settings),
                                           folder->service);

        if (fd < 0 && fd != -ENOENT && !folder->said_wrong)
                log_say(MESSAGE_APPROVAL_TROUBLE, "incoming/approve is not used: %s",
                        fd == -EPERM
                                ? "it must belong to the service's user, and be sticky if others may write into it"
                                : strerror(-fd));
        folder->said_wrong = fd < 0 && fd != -ENOENT;
        return fd;
}

static int on_hint(sd_event_source *source, const struct inotify_event *event, void *userdata) {
        ApprovalFolder *folder = userdata;

        (void) source;
        if (event->mask & IN_IGNORED) /* the folder was removed; the next look opens another */
                folder->watch = sd_event_source_disable_unref(folder->watch);
        look_at(folder, turn_now() + HINT_DELAY);
        return 0;
}

/* A hint only, and no matter if there is none: it is looked at every two seconds. */
static void watch(ApprovalFolder *folder, int fd) {
        if (!folder->watch)
                (void) sd_event_add_inotify_fd(folder->options.event, &folder->watch, fd,
                                               IN_CREATE | IN_MOVED_TO | IN_ATTRIB | IN_ONLYDIR,
                                               on_hint, folder);
}

static void look(ApprovalFolder *folder) {
        int fd = open_folder(folder);
        DIR *directory = fd < 0 ? NULL : fdopendir(fd);
        struct dirent *entry;

        folder->looked = true;
        if (!directory) {
                if (fd >= 0)
                        (void) close(fd);
                return;
        }
        watch(folder, fd);
        while ((entry = readdir(directory)))
                if (!see_entry(folder, fd, entry->d_name))
                        break;
        (void) closedir(directory);
}

static unsigned n_asked(const ApprovalFolder *folder) {
        unsigned n = 0;

        for (unsigned i = 0; i < AT_ONCE; i++)
                n += folder->asked[i].state != ASKED_NONE;
        return n;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        ApprovalFolder *folder = userdata;

        (void) source;
        (void) usec;
        folder->looks_at = INT64_MAX;
        look(folder);
        if (n_asked(folder) > 0)
                turn_ask(folder->options.turn);
        look_at(folder, turn_now() + LOOK_EVERY);
        return 0;
}

/* --- deciding ------------------------------------------------------------------------------- */

int approval_folder_write(ApprovalFolder *folder) {
        for (unsigned i = 0; i < AT_ONCE; i++) {
                Asked *one = &folder->asked[i];
                int r;

                if (one->state != ASKED_SEEN)
                        continue;
                r = one->file.is_wrong ? (int) one->file.wrong
                                       : approval_give(folder->options.ledger, &one->request,
                                                       folder->service, turn_wall());
                if (r < 0)
                        return r;
                one->answer = (ApprovalAnswer) r;
                one->state = ASKED_DECIDED;
        }
        return 0;
}

static int answer_command(const ApprovalFolder *folder, ApprovalAnswer given,
                          const ApprovalRequest *request, Buffer *answer) {
        CLEANUP(approval_names_done) ApprovalNames names = { .when = "" };
        ApprovalFacts facts;
        int r = approval_read_facts(folder->options.ledger, folder->options.settings, request,
                                    turn_wall(), &names, &facts);

        if (r >= 0)
                r = buffer_append_string(answer, approval_is_given(given) ? "done: " : "no: ");
        return r < 0 ? r : approval_append_answer(answer, given, &facts);
}

/* `batch 17`, or `batch 17 3fd45dd10a99`. */
static bool read_argument(const char *argument, ApprovalRequest *request) {
        char *end;

        if (strncmp(argument, "batch ", 6) != 0)
                return false;
        errno = 0;
        request->batch = strtoll(argument + 6, &end, 10);
        request->digits = *end == ' ' ? end + 1 : end;
        return errno == 0 && request->batch > 0 && (*end == ' ' || *end == '\0');
}

int approval_folder_ask(ApprovalFolder *folder, const Command *command, Buffer *answer) {
        Asked *one = free_asked(folder, FILES_AT_ONCE, COMMANDS_AT_ONCE);
        ApprovalRequest request = { .uid = command->uid, .way = APPROVAL_BY_COMMAND };
        int given, r;

        if (!read_argument(command->argument, &request))
                return buffer_append_string(answer, "no: it does not say which batch");
        if (!one)
                return buffer_append_string(answer, "no: too many at once; ask again");
        given = approval_give(folder->options.ledger, &request, folder->service, turn_wall());
        if (given < 0)
                return given;
        r = answer_command(folder, (ApprovalAnswer) given, &request, answer);
        if (r < 0 || given != APPROVAL_GIVEN)
                return r;
        *one = (Asked){ .state = ASKED_DECIDED, .request = request };
        one->request.digits = "";
        one->answer = APPROVAL_GIVEN;
        return 0;
}

void approval_folder_committed(ApprovalFolder *folder) {
        for (unsigned i = 0; i < AT_ONCE; i++) {
                Asked *one = &folder->asked[i];
                LogPlace place = { .batch = one->request.batch };

                if (one->state != ASKED_DECIDED)
                        continue;
                one->state = ASKED_KNOWN;
                if (one->answer != APPROVAL_GIVEN) {
                        log_message(MESSAGE_APPROVAL_REFUSED, place,
                                    "an approval by user %lld was not taken",
                                    (long long) one->request.uid);
                        continue;
                }
                log_message(MESSAGE_APPROVED, place, "the batch was approved by user %lld",
                            (long long) one->request.uid);
                folder->options.given(folder->options.userdata, one->request.batch);
        }
}

void approval_folder_rolled_back(ApprovalFolder *folder) {
        for (unsigned i = 0; i < AT_ONCE; i++) {
                Asked *one = &folder->asked[i];

                if (one->state == ASKED_DECIDED) /* a command is carried out again */
                        one->state = one->file.name[0] != '\0' ? ASKED_SEEN : ASKED_NONE;
        }
}

/* --- answering ------------------------------------------------------------------------------ */

static int answer(ApprovalFolder *folder, Asked *one) {
        const ApprovalFolderOptions *options = &folder->options;
        CLEANUP(approval_names_done) ApprovalNames names = { .when = "" };
        ApprovalFacts facts;
        int r = approval_read_facts(options->ledger, options->settings, &one->request, turn_wall(),
                                    &names, &facts);

        facts.name = text_of(one->file.name);
        if (r >= 0)
                r = approval_file_answer(options->ledger, options->settings, options->spool,
                                         one->answer, &facts);
        if (r >= 0 && one->file.name[0] != '\0') {
                AUTO_CLOSE int fd = open_folder(folder);

                r = fd < 0 ? fd : approval_file_take(fd, options->spool, &one->file);
        }
        return r == -ENOENT ? 0 : r; /* its owner has removed it */
}

static void complain(ApprovalFolder *folder, int error) {
        folder->not_before = error < 0 ? turn_now() + AGAIN : 0;
        if (error < 0 && error != folder->complained)
                log_say(MESSAGE_APPROVAL_TROUBLE,
                        "cannot answer an approval in results/, or remove its file: %s; trying again every 5 seconds",
                        strerror(-error));
        folder->complained = error;
}

void approval_folder_work(ApprovalFolder *folder) {
        bool some = false;
        int error = 0;

        if (turn_now() < folder->not_before)
                return;
        for (unsigned i = 0; i < AT_ONCE; i++) {
                Asked *one = &folder->asked[i];
                int r;

                if (one->state != ASKED_KNOWN)
                        continue;
                some = true;
                r = answer(folder, one);
                if (r < 0) /* of one profile, perhaps; the others go on */
                        error = r;
                else
                        one->state = ASKED_NONE;
        }
        if (some)
                complain(folder, error);
        if (some && error == 0) /* more may wait behind those */
                look_at(folder, turn_now());
}

int64_t approval_folder_next(const ApprovalFolder *folder) {
        for (unsigned i = 0; i < AT_ONCE; i++)
                if (folder->asked[i].state != ASKED_NONE)
                        return folder->not_before;
        return INT64_MAX;
}

unsigned approval_folder_busy(const ApprovalFolder *folder) {
        return folder->looked ? n_asked(folder) : 1;
}

/* --- set up and tear down ------------------------------------------------------------------- */

ApprovalFolder *approval_folder_free(ApprovalFolder *folder) {
        if (!folder)
                return NULL;
        (void) sd_event_source_disable_unref(folder->watch);
        (void) sd_event_source_disable_unref(folder->timer);
        free(folder);
        return NULL;
}

int approval_folder_new(const ApprovalFolderOptions *options, ApprovalFolder **ret_folder) {
        CLEANUP(approval_folder_free_p) ApprovalFolder *folder = calloc(1, sizeof(*folder));
        int r;

        if (!folder)
                return -ENOMEM;
        folder->options = *options;
        folder->service = geteuid();
        r = sd_event_add_time(options->event, &folder->timer, CLOCK_BOOTTIME, 0, 1, on_timer,
                              folder);
        if (r < 0)
                return r;
        *ret_folder = TAKE(folder);
        return 0;
}
