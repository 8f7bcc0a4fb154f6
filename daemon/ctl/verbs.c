/* checkoutctl hold, release, requeue, cancel, reissue, sync, forget: what operators do to
 * everything, to a batch or to one order. What each means, and when it is refused, is the daemon's
 * to say. */
#include <assert.h>
#include <errno.h>
#include <stdio.h>

#include "daemon/ctl/request.h"
#include "daemon/rules/command_target.h"

/* what is named: bits */
enum {
        NAMES_ALL = 1,
        NAMES_BATCH = 2,
        NAMES_ORDER = 4,
        NAMES_STORE = 8,
        NAMES_NOTHING = 16, /* everything is meant */
};

typedef struct Verb {
        const char *name;
        unsigned targets;
        const char *with_new_key; /* what is asked with --new-key; NULL: it is no option */
        const char *wanted;
} Verb;

static const Verb verbs[] = {
        { "hold", NAMES_ALL | NAMES_BATCH | NAMES_ORDER, NULL, "--all, --batch or --order" },
        { "release", NAMES_ALL | NAMES_BATCH | NAMES_ORDER | NAMES_STORE, NULL,
          "--all, --batch, --order or --store" },
        { "requeue", NAMES_BATCH | NAMES_ORDER, "requeue-new-key", "--batch or --order" },
        { "cancel", NAMES_BATCH | NAMES_ORDER, NULL, "--batch or --order" },
        { "reissue", NAMES_ORDER, NULL, "--order" },
        { "sync", NAMES_NOTHING | NAMES_BATCH | NAMES_ORDER, NULL,
          "--batch or --order, or nothing" },
        { "forget", NAMES_ORDER, NULL, "--order" },
};

typedef struct VerbArguments {
        unsigned targets; /* those given */
        unsigned n_targets;
        const char *batch, *order, *profile, *run;
        bool new_key, no_wait;
} VerbArguments;

enum {
        OPTION_ALL = OPTION_OWN,
        OPTION_BATCH,
        OPTION_ORDER,
        OPTION_STORE,
        OPTION_PROFILE,
        OPTION_RUN,
        OPTION_NEW_KEY,
        OPTION_NO_WAIT,
};

static const struct option options[] = {
        CTL_OPTIONS,
        { "all", no_argument, NULL, OPTION_ALL },
        { "batch", required_argument, NULL, OPTION_BATCH },
        { "order", required_argument, NULL, OPTION_ORDER },
        { "store", no_argument, NULL, OPTION_STORE },
        { "profile", required_argument, NULL, OPTION_PROFILE },
        { "run", required_argument, NULL, OPTION_RUN },
        { "new-key", no_argument, NULL, OPTION_NEW_KEY },
        { "no-wait", no_argument, NULL, OPTION_NO_WAIT },
        { NULL, 0, NULL, 0 },
};

static const Verb *verb_of(const char *name) {
        for (size_t i = 0; i < ELEMENTS(verbs); i++)
                if (strcmp(verbs[i].name, name) == 0)
                        return &verbs[i];
        return NULL;
}

static void take_target(VerbArguments *arguments, unsigned target) {
        arguments->targets |= target;
        arguments->n_targets++;
}

static void take_option(VerbArguments *arguments, int option) {
        switch (option) {
        case OPTION_ALL:
                take_target(arguments, NAMES_ALL);
                break;
        case OPTION_BATCH:
                take_target(arguments, NAMES_BATCH);
                arguments->batch = optarg;
                break;
        case OPTION_ORDER:
                take_target(arguments, NAMES_ORDER);
                arguments->order = optarg;
                break;
        case OPTION_STORE:
                take_target(arguments, NAMES_STORE);
                break;
        case OPTION_PROFILE:
                arguments->profile = optarg;
                break;
        case OPTION_RUN:
                arguments->run = optarg;
                break;
        case OPTION_NEW_KEY:
                arguments->new_key = true;
                break;
        default:
                assert(option == OPTION_NO_WAIT);
                arguments->no_wait = true;
                break;
        }
}

/* Such a name is in no file: control characters are refused there too. */
static bool is_name(const char *name) {
        return !name || (text_is_utf8(text_of(name), NULL) && !text_has_control(text_of(name)));
}

static int check_arguments(const Verb *verb, const VerbArguments *arguments) {
        bool named = arguments->n_targets == 1 ||
                     (arguments->n_targets == 0 && (verb->targets & NAMES_NOTHING) != 0);

        if (!named || (arguments->targets & ~verb->targets) != 0)
                return ctl_usage(verb->name, "name one of %s", verb->wanted);
        if (arguments->new_key && !verb->with_new_key)
                return ctl_usage(verb->name, "--new-key is for requeue");
        if ((arguments->profile || arguments->run) && !arguments->order)
                return ctl_usage(verb->name, "--profile and --run say which --order is meant");
        if (arguments->batch && ctl_batch_of(arguments->batch) == 0)
                return ctl_usage(verb->name, "not a batch: %s; write it like B000017",
                                 arguments->batch);
        if (arguments->order && (!*arguments->order || !is_name(arguments->order)))
                return ctl_usage(verb->name, "not an order number: \"%s\"", arguments->order);
        if (!is_name(arguments->profile) || !is_name(arguments->run))
                return ctl_usage(verb->name, "not a name of a profile or a run");
        return EXIT_GOOD;
}

static CommandTarget target_of(const VerbArguments *arguments) {
        if (arguments->batch)
                return (CommandTarget){ .kind = TARGET_BATCH,
                                        .batch = ctl_batch_of(arguments->batch) };
        if (arguments->order)
                return (CommandTarget){
                        .kind = TARGET_ORDER,
                        .profile = text_of(arguments->profile ? arguments->profile : ""),
                        .run = text_of(arguments->run ? arguments->run : COMMAND_TARGET_ANY_RUN),
                        .order = text_of(arguments->order)
                };
        return (CommandTarget){ .kind = arguments->targets == NAMES_STORE ? TARGET_STORE
                                                                          : TARGET_ALL };
}

static int ask(const Ctl *ctl, const Verb *verb, const VerbArguments *arguments) {
        CLEANUP(settings_free_p) Settings *settings = NULL;
        AUTO_BUFFER argument = BUFFER_EMPTY;
        const CommandTarget target = target_of(arguments);
        Request request = { .verb = arguments->new_key ? verb->with_new_key : verb->name,
                            .wait = !arguments->no_wait };
        int r = command_target_append(&target, &argument);

        if (r < 0)
                return ctl_failed(verb->name, r);
        request.argument = argument.data;
        r = ctl_load_settings(ctl, &settings);
        return r != EXIT_GOOD ? r : request_send(ctl, settings, &request);
}

int ctl_verb(Ctl *ctl, int argc, char **argv) {
        const Verb *verb = verb_of(argv[0]);
        VerbArguments arguments = { 0 };
        int c, r = EXIT_GOOD;

        assert(verb);
        while ((c = ctl_option(ctl, argc, argv, options, &r)) >= 0) {
                if (c == '?')
                        return r;
                take_option(&arguments, c);
        }
        if (optind < argc)
                return ctl_usage(verb->name, "what is `%s`? name one of %s", argv[optind],
                                 verb->wanted);
        r = check_arguments(verb, &arguments);
        return r != EXIT_GOOD ? r : ask(ctl, verb, &arguments);
}
