#include "tests/sandbox/sandbox.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sandbox/api.h"
#include "tests/sandbox/control.h"
#include "tests/sandbox/draw.h"
#include "tests/sandbox/memory.h"

static bool sandbox_complain(const OptionsShare *share, const char *wrong) {
        if (!wrong)
                return true;
        (void) fprintf(stderr, "checkoutd-sandbox: %s: `%s'\n", wrong, share->name);
        return false;
}

static Text share_name(const OptionsShare *share) {
        return (Text){ share->name, strcspn(share->name, "=") };
}

static bool sandbox_set_shares(Sandbox *sandbox) {
        const Options *options = sandbox->options;

        for (size_t i = 0; i < options->fault_count; i++)
                if (!sandbox_complain(&options->faults[i],
                                      faults_set(sandbox->faults, share_name(&options->faults[i]),
                                                 options->faults[i].share)))
                        return false;
        for (size_t i = 0; i < options->payer_count; i++)
                if (!sandbox_complain(&options->payers[i],
                                      payers_set(sandbox->payers, share_name(&options->payers[i]),
                                                 options->payers[i].share)))
                        return false;
        return true;
}

static bool sandbox_open_journal(Sandbox *sandbox) {
        if (!sandbox->options->journal)
                return true;
        sandbox->journal = fopen(sandbox->options->journal, "ae");
        if (!sandbox->journal)
                (void) fprintf(stderr, "checkoutd-sandbox: %s: %s\n", sandbox->options->journal,
                               strerror(errno));
        return sandbox->journal != NULL;
}

Sandbox *sandbox_new(const Options *options) {
        CLEANUP(sandbox_free_p) Sandbox *sandbox = memory_grow(NULL, 1, sizeof(*sandbox));

        *sandbox = (Sandbox){ .options = options };
        memory_scratch_json();
        sandbox->store = store_new(
                options->ids > 0 ? draw_mix(options->ids, 0)
                                 : draw_mix((uint64_t) clock_wall(), (uint64_t) getpid()));
        sandbox->keys = keys_new(store_arena(sandbox->store), options->key_lifetime);
        sandbox->faults = faults_new(options->seed);
        sandbox->payers =
                payers_new(sandbox->store, &(PayersSettings){ options->seed, options->pay_after,
                                                              options->resolve_after });
        limit_set(&sandbox->limit, options->rate);
        if ((size_t) snprintf(sandbox->api_key, sizeof(sandbox->api_key), "%s", options->api_key) >=
            sizeof(sandbox->api_key)) {
                (void) fputs("checkoutd-sandbox: the key is too long\n", stderr);
                return NULL;
        }
        if (!sandbox_set_shares(sandbox) || !sandbox_open_journal(sandbox))
                return NULL;
        return TAKE(sandbox);
}

Sandbox *sandbox_free(Sandbox *sandbox) {
        if (!sandbox)
                return NULL;
        if (sandbox->journal)
                (void) fclose(sandbox->journal);
        limit_done(&sandbox->limit);
        payers_free(sandbox->payers);
        faults_free(sandbox->faults);
        keys_free(sandbox->keys);
        store_free(sandbox->store);
        memory_scratch_done();
        free(sandbox);
        return NULL;
}

void sandbox_answer(Sandbox *sandbox, Request *request) {
        static const char control[] = "/_sandbox/";

        memory_scratch_clear();
        answer_clear(&request->answer);
        payers_run(sandbox->payers, clock_now(&sandbox->clock));
        if (request->path.size >= sizeof(control) - 1 &&
            memcmp(request->path.data, control, sizeof(control) - 1) == 0)
                control_answer(sandbox, request);
        else
                api_answer(sandbox, request);
}
