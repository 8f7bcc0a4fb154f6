#include "jobs/session/expire_answer.h"

ExpireAnswer expire_answer(Transfer transfer, int http_status) {
        switch (transfer) {
        case TRANSFER_NOT_SENT:
                return EXPIRE_AGAIN;
        case TRANSFER_BROKEN:
                return EXPIRE_LOOK_SAME;
        case TRANSFER_COMPLETE:
                break;
        }
        if (http_status == 401 || http_status == 402 || http_status == 403)
                return EXPIRE_ACCOUNT;
        if (http_status == 429)
                return EXPIRE_AGAIN_NEW;
        return EXPIRE_LOOK;
}
