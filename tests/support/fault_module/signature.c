/* C_SignInit, C_Sign and C_SignFinal. */
#include <string.h>

#include "fault.h"

#define LARGEST 8192

/* The order of P-256 (SEC 2 s.2.4.2). */
static const unsigned char order[32] = {
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
};
static unsigned char last[LARGEST], buffer[LARGEST];
static ul last_length, buffer_length;
/* How the operation was begun, to do it once more. */
static struct mechanism begun;
static ul begun_with;

/* r || s as the DER of SEQUENCE { INTEGER, INTEGER }; gives its length. */
static ul der(const unsigned char *raw, ul octets, unsigned char *out)
{
    ul half = octets / 2, at = octets > 120 ? 3 : 2, part, skip, pad;
    for (part = 0; part < 2; part++) {
        const unsigned char *number = raw + part * half;
        for (skip = 0; skip + 1 < half && number[skip] == 0;) skip++;
        pad = number[skip] >> 7;
        out[at++] = 0x02;
        out[at++] = (unsigned char)(half - skip + pad);
        if (pad) out[at++] = 0;
        memcpy(out + at, number + skip, half - skip);
        at += half - skip;
    }
    out[0] = 0x30;
    if (octets > 120) out[1] = 0x81;
    out[octets > 120 ? 2 : 1] = (unsigned char)(at - (octets > 120 ? 3 : 2));
    return at;
}

/* s of a signature on P-256 becomes n - s, which is as right. */
static void high_s(unsigned char *s)
{
    int at, borrow = 0;
    for (at = 31; at >= 0; at--) {
        int digit = order[at] - s[at] - borrow;
        borrow = digit < 0;
        s[at] = (unsigned char)digit;
    }
}

static void spoil(struct fault *fault, unsigned char *signature, ul *length)
{
    static const char hex[] = "0123456789abcdef";
    unsigned char fresh[LARGEST];
    ul octets = *length, half = octets / 2, at;
    if (octets == 0 || octets > LARGEST / 2) return;
    memcpy(fresh, signature, octets);
    if (is(fault, "empty")) *length = 0;
    if (is(fault, "short")) *length -= 1;
    if (is(fault, "long")) signature[(*length)++] = 0;
    if (is(fault, "length")) *length = (ul)-1;
    if (is(fault, "claims")) *length = fault->a;
    if (is(fault, "zeros")) memset(signature, 0, octets);
    if (is(fault, "ones")) memset(signature, 0xff, octets);
    if (is(fault, "flip")) signature[octets / 2] ^= 1;
    if (is(fault, "unwritten")) memcpy(signature, buffer, octets);
    if (is(fault, "der")) *length = der(fresh, octets, signature);
    if (is(fault, "rzero")) memset(signature, 0, half);
    if (is(fault, "szero")) memset(signature + half, 0, half);
    if (is(fault, "rbig")) memset(signature, 0xff, half);
    if (is(fault, "swap")) {
        memcpy(signature, fresh + half, half);
        memcpy(signature + half, fresh, half);
    }
    if (is(fault, "reverse"))
        for (at = 0; at < octets; at++) signature[at] = fresh[octets - 1 - at];
    if (is(fault, "hex")) {
        for (at = 0; at < octets; at++) {
            signature[2 * at] = (unsigned char)hex[fresh[at] >> 4];
            signature[2 * at + 1] = (unsigned char)hex[fresh[at] & 15];
        }
        *length = 2 * octets;
    }
    if (octets == 64) {
        if (is(fault, "rorder")) memcpy(signature, order, 32);
        if (is(fault, "sorder")) memcpy(signature + 32, order, 32);
        if (is(fault, "highs")) high_s(signature + 32);
    }
    if (may_be(fault, "replay") && last_length == octets) {
        memcpy(signature, last, octets);
        commit(fault);
    }
    if (is(fault, "overflow")) memset(signature, 0x5a, 1 << 20);
    memcpy(last, fresh, octets);
    last_length = octets;
}

int signature_before(struct fault *fault, struct call *call)
{
    static unsigned char other[LARGEST];
    ul *arguments = call->arguments, keys[OTHERS], type = 0, its = 0, at;
    if (call->number == N_SignInit) {
        begun = *(struct mechanism *)arguments[1];
        begun_with = arguments[2];
        if (may_be(fault, "without") && ((struct mechanism *)arguments[1])->type == fault->a) {
            commit(fault);
            call->rv = MECHANISM_INVALID;
            return 1;
        }
        /* Another private key of the same type. */
        if (may_be(fault, "otherkey")) {
            read_value(arguments[0], arguments[2], KEY_TYPE, (unsigned char *)&type, sizeof type);
            for (at = others(arguments[0], PRIVATE_KEY, arguments[2], keys); at > 0; at--) {
                read_value(arguments[0], keys[at - 1], KEY_TYPE, (unsigned char *)&its, sizeof its);
                if (its != type) continue;
                arguments[2] = keys[at - 1];
                commit(fault);
                break;
            }
        }
    }
    if (call->number == N_Sign && arguments[3]) {
        buffer_length = *(ul *)arguments[4] < LARGEST ? *(ul *)arguments[4] : LARGEST;
        memcpy(buffer, (void *)arguments[3], buffer_length);
        if (is(fault, "nothing")) {
            call->rv = OK;
            return 1;
        }
    }
    if (call->number == N_Sign && may_be(fault, "othermessage") && arguments[2] <= LARGEST) {
        memcpy(other, (void *)arguments[1], arguments[2]);
        other[arguments[2] - 1] ^= 1;
        arguments[1] = (ul)other;
        commit(fault);
    }
    return 0;
}

void signature_after(struct fault *fault, struct call *call)
{
    unsigned char second[LARGEST];
    ul *arguments = call->arguments, octets = sizeof second;
    if (call->rv != OK) return;
    /* Signs once more, for itself. */
    if (call->number == N_Sign && may_be(fault, "twice")
        && real->functions[N_SignInit](arguments[0], (ul)&begun, begun_with, 0, 0, 0, 0, 0) == OK
        && real->functions[N_Sign](arguments[0], arguments[1], arguments[2], (ul)second, (ul)&octets, 0, 0, 0) == OK)
        commit(fault);
    if (call->number == N_Sign && arguments[3])
        spoil(fault, (unsigned char *)arguments[3], (ul *)arguments[4]);
    if (call->number == N_SignFinal && arguments[1])
        spoil(fault, (unsigned char *)arguments[1], (ul *)arguments[2]);
}
