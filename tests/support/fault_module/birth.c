/* C_GenerateKeyPair and C_DestroyObject. */
#include <string.h>

#include "fault.h"

#define MOST 32
/* CKM_RSA_PKCS_KEY_PAIR_GEN. */
#define RSA_KEY_PAIR_GEN 0x0UL

/* The templates as they are changed: two copies, since the caller's are not to be written to. */
static struct attribute changed[2][MOST];

static struct attribute *in(ul *arguments, int half, ul type)
{
    struct attribute *template = (struct attribute *)arguments[2 + 2 * half];
    ul count = arguments[3 + 2 * half], at;
    for (at = 0; at < count; at++)
        if (template[at].type == type) return template + at;
    return NULL;
}

static int has(ul *arguments, ul type)
{
    return in(arguments, 0, type) || in(arguments, 1, type);
}

static void put(struct fault *fault, ul *arguments, int half, ul type, void *value, ul length)
{
    struct attribute *attribute = in(arguments, half, type);
    if (!attribute) return;
    attribute->value = value;
    attribute->length = length;
    commit(fault);
}

int birth_before(struct fault *fault, struct call *call)
{
    static unsigned char yes = 1, no = 0, exponent = 3, other_id[] = {0x0d, 0x0d};
    static unsigned char p384[] = {0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22};
    static char other_label[] = "another label";
    static struct mechanism rsa = {RSA_KEY_PAIR_GEN, NULL, 0};
    static ul bits;
    ul *arguments = call->arguments;
    int half;
    if (call->number == N_DestroyObject && is(fault, "pretends")) {
        call->rv = OK;
        return 1;
    }
    if (call->number != N_GenerateKeyPair) return 0;
    if (may_be(fault, "refuses") && has(arguments, fault->a & 0xffff)) {
        commit(fault);
        call->rv = fault->a >> 16;
        return 1;
    }
    if (is(fault, "nothing")) {
        *(ul *)arguments[6] = GHOST;
        *(ul *)arguments[7] = GHOST + 1;
        call->rv = OK;
        return 1;
    }
    for (half = 0; half < 2; half++) {
        ul count = arguments[3 + 2 * half];
        if (count > MOST) return 0;
        memcpy(changed[half], (void *)arguments[2 + 2 * half], count * sizeof(struct attribute));
        arguments[2 + 2 * half] = (ul)changed[half];
        if (may_be(fault, "passing")) put(fault, arguments, half, TOKEN, &no, 1);
        if (may_be(fault, "relabels")) put(fault, arguments, half, LABEL, other_label, sizeof other_label - 1);
        if (may_be(fault, "renumbers")) put(fault, arguments, half, ID, other_id, sizeof other_id);
    }
    if (may_be(fault, "public")) put(fault, arguments, 1, PRIVATE, &no, 1);
    if (may_be(fault, "plain")) put(fault, arguments, 1, SENSITIVE, &no, 1);
    if (may_be(fault, "extractable")) put(fault, arguments, 1, EXTRACTABLE, &yes, 1);
    if (may_be(fault, "signless")) put(fault, arguments, 1, SIGN, &no, 1);
    if (may_be(fault, "curve")) put(fault, arguments, 0, EC_PARAMS, p384, sizeof p384);
    if (may_be(fault, "exponent")) put(fault, arguments, 0, PUBLIC_EXPONENT, &exponent, 1);
    if (may_be(fault, "bits")) {
        bits = fault->a;
        put(fault, arguments, 0, MODULUS_BITS, &bits, sizeof bits);
    }
    if (may_be(fault, "kind") && in(arguments, 0, EC_PARAMS)) {
        bits = 2048;
        in(arguments, 0, EC_PARAMS)->type = MODULUS_BITS;
        put(fault, arguments, 0, MODULUS_BITS, &bits, sizeof bits);
        arguments[1] = (ul)&rsa;
    }
    /* A first pair, of which nobody will hear. */
    if (is(fault, "twice"))
        real->functions[call->number](arguments[0], arguments[1], arguments[2], arguments[3], arguments[4],
                                      arguments[5], arguments[6], arguments[7]);
    return 0;
}

void birth_after(struct fault *fault, struct call *call)
{
    ul *public = (ul *)call->arguments[6], *private = (ul *)call->arguments[7], kept;
    if (call->number != N_GenerateKeyPair || call->rv != OK) return;
    if (is(fault, "zero")) *public = *private = 0;
    if (is(fault, "ghost")) {
        *public = GHOST;
        *private = GHOST + 1;
    }
    if (is(fault, "swaps")) {
        kept = *public;
        *public = *private;
        *private = kept;
    }
}
