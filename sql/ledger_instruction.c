#include "sql/ledger_instruction.h"

#include <assert.h>
#include <errno.h>

#include "sql/ledger_private.h"

static int add_cells(Ledger *ledger, int64_t id, Text raw) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_ADD_INSTRUCTION_CELLS);

        query_bind_integer(query, "id", id);
        query_bind_blob(query, "raw", raw.data, raw.size);
        return run_for_one(query);
}

int ledger_instruction_add(Ledger *ledger, const NewInstruction *instruction) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_ADD_INSTRUCTION);
        int r;

        assert(database_in_transaction(ledger->database));
        query_bind_integer(query, "id", instruction->id);
        query_bind_integer(query, "lines", instruction->lines);
        query_bind_text_or_null(query, "order_id", instruction->order_id);
        query_bind_integer(query, "action", instruction->action);
        query_bind_integer(query, "state",
                           instruction->bad ? INSTRUCTION_NOT_DONE : INSTRUCTION_NEW);
        query_bind_integer_or_null(query, "send_at", instruction->send_at);
        query_bind_integer(query, "status", instruction->bad ? STATUS_REJECTED : STATUS_QUEUED);
        query_bind_text_or_null(query, "code", instruction->code);
        query_bind_text_or_null(query, "reason", instruction->reason);
        r = run_for_one(query);
        return r < 0 || instruction->action == ORDER_REISSUE
                       ? r
                       : add_cells(ledger, instruction->id, instruction->raw);
}

static int read_instruction(Query *query, Instruction *ret_instruction) {
        *ret_instruction = (Instruction){
                .id = query_integer(query, "id"),
                .order_id = query_text(query, "order_id"),
                .action = (OrderAction) query_integer_within(query, "action", ORDER_CANCEL,
                                                             ORDER_REISSUE),
                .send_at = query_integer(query, "send_at"),
                .scope = query_integer(query, "scope"),
        };
        return query_error(query);
}

DEFINE_LEND_PAGE(lend_instructions, Instruction, read_instruction)

int ledger_instructions_new(Ledger *ledger, bool live, int64_t after, unsigned max,
                            LedgerInstructionFunction function, void *userdata) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_LIST_NEW_INSTRUCTIONS);

        query_bind_integer(query, "live", live);
        query_bind_integer(query, "after", after);
        query_bind_integer(query, "max", max);
        return lend_instructions(query, function, userdata);
}

int ledger_instructions_of_batch(Ledger *ledger, int64_t batch, unsigned max,
                                 LedgerInstructionFunction function, void *userdata) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_LIST_BATCH_INSTRUCTIONS);

        query_bind_integer(query, "after", row_first(batch) - 1);
        query_bind_integer(query, "end", row_first(batch + 1));
        query_bind_integer(query, "max", max);
        return lend_instructions(query, function, userdata);
}

int ledger_instructions_of(Ledger *ledger, int64_t target, uint32_t generation,
                           LedgerInstructionFunction function, void *userdata) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_LIST_INSTRUCTIONS_OF_TARGET);

        query_bind_integer(query, "target", target);
        query_bind_integer(query, "generation", generation);
        return lend_instructions(query, function, userdata);
}

int ledger_instruction_set(Ledger *ledger, int64_t id, const InstructionChange *change) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_SET_INSTRUCTION);

        assert(database_in_transaction(ledger->database));
        query_bind_integer(query, "id", id);
        query_bind_integer(query, "state", change->state);
        query_bind_integer_or_null(query, "target", change->target);
        query_bind_integer_or_null(query, "generation", change->generation);
        query_bind_integer(query, "status", change->status);
        query_bind_text_or_null(query, "code", change->code);
        query_bind_text_or_null(query, "reason", change->reason);
        return run_for_one(query);
}

int ledger_instruction_open(Ledger *ledger, int64_t batch) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_FIND_INSTRUCTION);

        query_bind_integer(query, "after", row_first(batch) - 1);
        query_bind_integer(query, "end", batch == 0 ? INT64_MAX : row_first(batch + 1));
        return query_step(query);
}

int ledger_count_instructions(Ledger *ledger, int64_t batch, int64_t *ret_cancels,
                              int64_t *ret_reissues) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_COUNT_INSTRUCTIONS);
        int r;

        *ret_cancels = *ret_reissues = 0;
        query_bind_integer(query, "after", row_first(batch) - 1);
        query_bind_integer(query, "end", row_first(batch + 1));
        while ((r = query_step(query)) > 0)
                *(query_integer(query, "action") == ORDER_CANCEL ? ret_cancels : ret_reissues) =
                        query_integer(query, "n");
        return r;
}

int ledger_file_rows(Ledger *ledger, int64_t batch, int64_t after, unsigned max,
                     LedgerRowFunction function, void *userdata) {
        CLEANUP(query_end_p) Query *query = database_query(ledger->database, QUERY_LIST_FILE_ROWS);

        rows_bind_page(query, batch, after, max);
        return rows_read(query, function, userdata);
}

int ledger_reference_holder(Ledger *ledger, int64_t scope, Text order_id, int64_t *ret_row) {
        CLEANUP(query_end_p) Query *query = database_query(ledger->database, QUERY_GET_HOLDER);
        int r;

        query_bind_integer(query, "scope", scope);
        query_bind_text(query, "order_id", order_id);
        r = query_step(query);
        if (r > 0)
                *ret_row = query_integer(query, "holder");
        return r;
}

int ledger_reference_name(Ledger *ledger, Text order_id, int64_t row) {
        return namesake_add(ledger, order_id, row);
}
