#include <assert.h>
#include <errno.h>
#include <string.h>

#include "sql/ledger_private.h"

static int add_command(Ledger *ledger, const Command *command) {
        CLEANUP(query_end_p) Query *query = database_query(ledger->database, QUERY_ADD_COMMAND);

        query_bind_integer(query, "at", command->at);
        query_bind_integer(query, "uid", command->uid);
        query_bind_text(query, "verb", text_of(command->verb));
        query_bind_text(query, "argument", text_of(command->argument));
        return run_for_one(query);
}

int ledger_command_add(Ledger *ledger, const Command *command, int64_t *ret_id) {
        int64_t id;
        int r;

        assert(!database_in_transaction(ledger->database));
        r = ledger_begin(ledger);
        if (r < 0)
                return r;
        r = add_command(ledger, command);
        id = database_inserted_id(ledger->database);
        if (r == 0)
                r = ledger_commit(ledger);
        if (r < 0) {
                ledger_rollback(ledger);
                return r;
        }
        *ret_id = id;
        return 0;
}

/* Copied, and the statement ended, before the function is called: it answers what it is given.
 * 1: there is one. */
static int next_command(Ledger *ledger, int64_t after, Command *ret_command, char **ret_verb,
                        char **ret_argument) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_LIST_WAITING_COMMANDS);
        AUTO_FREE char *verb = NULL;
        AUTO_FREE char *argument = NULL;
        int r;

        query_bind_integer(query, "after", after);
        r = query_step(query);
        if (r <= 0)
                return r;
        verb = text_copy(query_text(query, "verb"));
        argument = text_copy(query_text(query, "argument"));
        if (!verb || !argument)
                return -ENOMEM;
        *ret_command = (Command){
                .id = query_integer(query, "id"),
                .at = query_integer(query, "at"),
                .uid = query_integer(query, "uid"),
                .verb = verb,
                .argument = argument,
        };
        *ret_verb = TAKE(verb);
        *ret_argument = TAKE(argument);
        return 1;
}

int ledger_commands_waiting(Ledger *ledger, LedgerCommandFunction function, void *userdata) {
        Command command = { 0 };

        for (;;) {
                AUTO_FREE char *verb = NULL;
                AUTO_FREE char *argument = NULL;
                int r = next_command(ledger, command.id, &command, &verb, &argument);

                if (r <= 0)
                        return r;
                r = function(userdata, &command);
                if (r != 0)
                        return r;
        }
}

int ledger_command_answer(Ledger *ledger, int64_t id, int64_t at, const char *answer) {
        CLEANUP(query_end_p) Query *query = database_query(ledger->database, QUERY_ANSWER_COMMAND);

        assert(database_in_transaction(ledger->database));
        query_bind_integer(query, "id", id);
        query_bind_integer(query, "at", at);
        query_bind_text(query, "answer", text_of(answer));
        return run_for_one(query);
}

int ledger_command_get_answer(Ledger *ledger, int64_t id, char **ret_answer) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_GET_COMMAND_ANSWER);
        char *answer;
        int r;

        query_bind_integer(query, "id", id);
        r = query_step(query);
        if (r <= 0)
                return r;
        answer = text_copy(query_text(query, "answer"));
        if (!answer)
                return -ENOMEM;
        *ret_answer = answer;
        return 1;
}
