/* Slots, tokens, mechanisms: what the module says that there is. */
#include <string.h>

#include "fault.h"

/* CK_TOKEN_INFO: label, manufacturer, model, serial number, flags, then numbers and utcTime. */
#define TEXT_LABEL 0
#define TEXT_MANUFACTURER 32
#define TEXT_MODEL 64
#define TEXT_SERIAL 80
#define TEXTS 96
#define UTC_TIME 188
/* An order to a terminal to forget what it shows, a line of its own, and half a character of UTF-8. */
static const char control[] = "\x1b[2J\r\nhint: run rm -r\n\t\x07\xc3";

static void fill(unsigned char *to, ul octets, const char *from, ul length)
{
    ul at;
    for (at = 0; at < octets; at++) to[at] = (unsigned char)from[at % length];
}

static void token_info(struct fault *fault, unsigned char *info)
{
    static unsigned char told[TEXTS];
    int at;
    if (is(fault, "flags")) *(ul *)(info + TEXTS) |= fault->a;
    if (is(fault, "unflags")) *(ul *)(info + TEXTS) &= ~fault->a;
    if (is(fault, "serial")) memset(info + TEXT_SERIAL, 'X', 16);
    if (is(fault, "label")) fill(info + TEXT_LABEL, 32, "exchanged ", 10);
    if (is(fault, "control")) fill(info, TEXTS, control, sizeof control - 1);
    if (is(fault, "odd")) fill(info + TEXT_MANUFACTURER, 48, control, sizeof control - 1);
    if (is(fault, "date")) memset(info + UTC_TIME, 0xff, 16);
    if (is(fault, "bytes")) memset(info + TEXT_MANUFACTURER, 0xff, 48);
    if (is(fault, "full")) memset(info + TEXT_LABEL, 'A', 32);
    if (is(fault, "nuls"))
        for (at = TEXTS - 1; at >= 0; at--)
            if (info[at] == ' ' && (at == 31 || at == 63 || at == 79 || at == 95 || info[at + 1] == 0))
                info[at] = 0;
    /* The next slot's token is told to be the first one's: two tokens of one description. */
    if (is(fault, "clone")) {
        if (told[0]) memcpy(info, told, TEXTS);
        memcpy(told, info, TEXTS);
    }
}

/* The two lists have the same shape: a buffer or NULL, and a count. */
static void listed(struct fault *fault, ul *list, ul *count)
{
    ul at;
    if (is(fault, "none")) *count = 0;
    if (!list) {
        if (is(fault, "huge")) *count = (ul)-1;
        if (is(fault, "large")) *count += 1UL << 20;
        if (may_be(fault, "ghost") || may_be(fault, "twice")) *count += 1;
        return;
    }
    if (is(fault, "more")) *count += 10;
    if (is(fault, "claims")) *count = (ul)-1;
    if (is(fault, "shrinks")) *count = 0;
    if (is(fault, "ghost")) list[(*count)++] = GHOST;
    if (is(fault, "twice") && *count > 0) {
        list[*count] = list[0];
        *count += 1;
    }
    if (is(fault, "lies"))
        for (at = 0; at < *count; at++) list[at] = 0x80000000UL + at;
}

void token_after(struct fault *fault, struct call *call)
{
    ul *arguments = call->arguments;
    if (call->rv != OK) return;
    switch (call->number) {
    case N_GetTokenInfo: token_info(fault, (unsigned char *)arguments[1]); break;
    case N_GetSlotList: listed(fault, (ul *)arguments[1], (ul *)arguments[2]); break;
    case N_GetMechanismList: listed(fault, (ul *)arguments[1], (ul *)arguments[2]); break;
    case N_GetInfo:
        /* CK_INFO: two octets of version, then 32 of text; flags, then 32 of text. */
        if (is(fault, "control")) {
            fill((unsigned char *)arguments[0] + 2, 32, control, sizeof control - 1);
            fill((unsigned char *)arguments[0] + 48, 32, control, sizeof control - 1);
        }
        break;
    case N_GetSlotInfo:
        if (is(fault, "control")) fill((unsigned char *)arguments[1], TEXTS, control, sizeof control - 1);
        break;
    default: break;
    }
}
