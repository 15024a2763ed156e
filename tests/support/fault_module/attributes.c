/* C_GetAttributeValue: what the module says of an object. The first number of these faults is the CKA_ type. */
#include <stdlib.h>
#include <string.h>

#include "fault.h"

#define UNAVAILABLE ((ul)-1)

ul read_value(ul session, ul object, ul type, unsigned char *value, ul octets)
{
    struct attribute one = {type, value, octets};
    ul rv = real->functions[N_GetAttributeValue](session, object, (ul)&one, 1, 0, 0, 0, 0);
    return rv == OK && one.length != UNAVAILABLE ? one.length : 0;
}

/* Answers with another value than the object's, by the rules of the standard. */
static void replace(struct call *call, struct attribute *wanted, ul room, const unsigned char *value, ul length)
{
    if (!wanted->value) {
        wanted->length = length;
    } else if (room < length) {
        wanted->length = UNAVAILABLE;
        call->rv = BUFFER_TOO_SMALL;
    } else {
        memcpy(wanted->value, value, length);
        wanted->length = length;
        if (call->rv == BUFFER_TOO_SMALL) call->rv = OK;
    }
}

/* The value that a fault puts in the place of the object's; its length, or 0 if there is none. */
static ul another_value(struct fault *fault, struct call *call, unsigned char *value, ul octets)
{
    ul session = call->arguments[0], object = call->arguments[1], class = 0, length, other, at, all[OTHERS];
    unsigned char own[1024];
    if (may_be(fault, "number")) {
        for (length = 0, other = fault->b; other; other >>= 8) length++;
        for (at = 0; at < length; at++) value[at] = (unsigned char)(fault->b >> (8 * (length - 1 - at)));
        return length;
    }
    if (may_be(fault, "ulong")) {
        memcpy(value, &fault->b, sizeof fault->b);
        return sizeof fault->b;
    }
    if (may_be(fault, "other")) {
        read_value(session, object, CLASS, (unsigned char *)&class, sizeof class);
        other = read_value(session, object, fault->a, own, sizeof own);
        for (at = others(session, class, object, all); at > 0; at--) {
            length = read_value(session, all[at - 1], fault->a, value, octets);
            if (length > 0 && length == other && memcmp(value, own, length)) return length;
        }
        return 0;
    }
    length = read_value(session, object, fault->a, value, octets);
    if (length == 0) return 0;
    if (may_be(fault, "flip")) {
        value[length - 1] ^= 1;
        return length;
    }
    if (may_be(fault, "cut")) return length - 1;
    if (may_be(fault, "rubbish")) {
        for (at = length; at < 259; at++) value[at] = 0xa5;
        return 259;
    }
    return 0;
}

void attributes_after(struct fault *fault, struct call *call)
{
    struct attribute *template = (struct attribute *)call->arguments[2], *wanted = NULL;
    ul count = call->arguments[3], at, length;
    unsigned char value[1024];
    if (call->number != N_GetAttributeValue) return;
    for (at = 0; at < count; at++)
        if (template[at].type == fault->a) wanted = template + at;
    if (!wanted) return;
    if (may_be(fault, "absent") || may_be(fault, "hidden")) {
        wanted->length = UNAVAILABLE;
        call->rv = may_be(fault, "absent") ? ATTRIBUTE_TYPE_INVALID : ATTRIBUTE_SENSITIVE;
        commit(fault);
        return;
    }
    length = another_value(fault, call, value, sizeof value);
    if (length > 0) {
        replace(call, wanted, call->arguments[7], value, length);
        commit(fault);
    }
    /* What else is asked for in the same call may be missing. */
    if (call->rv != OK && call->rv != ATTRIBUTE_TYPE_INVALID && call->rv != ATTRIBUTE_SENSITIVE) return;
    if (is(fault, "length")) wanted->length = fault->b;
    if (!wanted->value || wanted->length == UNAVAILABLE) return;
    if (is(fault, "then")) wanted->length = fault->b;
    if (is(fault, "says")) memset(wanted->value, (int)fault->b, wanted->length);
    if (is(fault, "overflow")) memset(wanted->value, 0x5a, 1 << 20);
    if (is(fault, "repoints")) wanted->value = (void *)0x5a5a5a5aUL;
    if (is(fault, "retypes")) wanted->type = fault->b;
}
