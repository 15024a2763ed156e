/* Sessions, the login, and random octets. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fault.h"

static int sessions;
static unsigned char drawn[64];

/* The PIN is typed on the token itself; one that is given is refused. */
static int typed(struct call *call)
{
    ul *arguments = call->arguments;
    /* CKU_SO. */
    int login = call->number == N_Login, officer = call->number == N_InitToken || (login && arguments[1] == 0);
    ul *pin = arguments + (login ? 2 : 1), *length = pin + 1;
    const char *text = getenv(officer ? "FAULT_SO_PIN" : "FAULT_PIN");
    if (*pin || *length || !text) {
        call->rv = ARGUMENTS_BAD;
        return 1;
    }
    *pin = (ul)text;
    *length = strlen(text);
    return 0;
}

int session_before(struct fault *fault, struct call *call)
{
    ul *arguments = call->arguments;
    if (call->number == N_OpenSession) {
        /* CKF_RW_SESSION. */
        if (may_be(fault, "ro") && (arguments[1] & 2)) {
            commit(fault);
            call->rv = TOKEN_WRITE_PROTECTED;
            return 1;
        }
        if (may_be(fault, "one") && sessions > 0) {
            commit(fault);
            call->rv = SESSION_COUNT;
            return 1;
        }
    }
    if ((call->number == N_InitToken || call->number == N_InitPIN || call->number == N_Login) && is(fault, "pad"))
        return typed(call);
    if (call->number == N_Login && is(fault, "pretends")) {
        call->rv = OK;
        return 1;
    }
    /* A module that writes the PIN where it can. */
    if (call->number == N_Login && is(fault, "prints")) {
        int to;
        for (to = 1; to <= 2; to++)
            if (write(to, (void *)arguments[2], arguments[3]) < 0) break;
    }
    if (call->number == N_GenerateRandom && is(fault, "unwritten")) {
        call->rv = OK;
        return 1;
    }
    return 0;
}

void session_after(struct fault *fault, struct call *call)
{
    ul *arguments = call->arguments;
    if (call->rv != OK) return;
    if (call->number == N_OpenSession) {
        sessions++;
        if (is(fault, "zero")) *(ul *)arguments[4] = 0;
        if (is(fault, "ghost")) *(ul *)arguments[4] = GHOST;
    }
    if (call->number == N_CloseSession) sessions--;
    if (call->number == N_Finalize || call->number == N_CloseAllSessions) sessions = 0;
    if (call->number == N_GenerateRandom) {
        unsigned char *octets = (unsigned char *)arguments[1];
        ul count = arguments[2], at;
        if (is(fault, "constant")) memset(octets, 0x5a, count);
        if (is(fault, "zeros")) memset(octets, 0, count);
        if (is(fault, "counts"))
            for (at = 0; at < count; at++) octets[at] = (unsigned char)at;
        if (is(fault, "repeats")) {
            if (drawn[0] == 0) memcpy(drawn + 1, octets, count < 63 ? count : 63);
            drawn[0] = 1;
            memcpy(octets, drawn + 1, count < 63 ? count : 63);
        }
    }
}
