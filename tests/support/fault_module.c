/*
 * A PKCS#11 module that stands before a real one, records every call, and lies, fails, hangs or crashes
 * in chosen ones. Built by fault_module.rs; told what to do by the environment:
 *
 *   FAULT_MODULE  the real module
 *   FAULT_LOG     a file that gets one line per call: the name of the function; and behind it one line
 *                 `!NAME:KIND` if a fault is committed in it
 *   FAULTS        NAME:KIND[=A[/B]][@N[+]] separated by commas: the fault happens in the Nth call of the
 *                 function, from the Nth on, or in every one. NAME is that of the standard, C_Sign
 *
 * Kinds for any function: those of fault_conduct.h, what a module may do to its process and to others, and
 * (process.c)
 *   hang, disguised (hangs under another name), crash (SIGSEGV), kill (SIGKILL), late (SIGKILL after the real
 *   call, so that nobody hears of its result), exit[=CODE] (_exit), quit=CODE (exit), slow=MILLISECONDS,
 *   babble (an answer of rubbish into the worker's connection), fork
 *   rv=VALUE (returned without asking the real module), after=VALUE (returned after it has done it),
 *   ok (CKR_OK without doing or writing anything), missing (NULL in the function list)
 *
 * C_GetFunctionList: null, old (version 1.0), instances (whoever asks first gets another module, not
 *   initialised)
 * C_GetSlotList, C_GetMechanismList (token.c): none, huge (the count is -1), large, more (than there is room
 *   for), claims (-1 of them), shrinks (between the two calls), ghost, twice, lies (vendor's numbers)
 * C_GetTokenInfo: flags=BITS, unflags=BITS, serial, label, control (control characters in all texts), odd (in
 *   manufacturer and model), bytes (no UTF-8), full (no padding), nuls (for padding), date, clone
 * C_GetInfo, C_GetSlotInfo: control
 * C_OpenSession (session.c): ro (none that may write), one (at a time), zero and ghost (handles)
 * C_InitToken, C_InitPIN, C_Login: pad (a keyboard of the token's own: no PIN may be given, and that of
 *   FAULT_SO_PIN or FAULT_PIN is typed)
 * C_Login: pretends (OK, and nobody is logged in), prints (the PIN, to standard output and error)
 * C_GenerateRandom: constant, zeros, repeats, counts, unwritten
 * C_FindObjectsInit (objects.c): wide (by class alone), everything
 * C_FindObjects: none, twice, ghost (a handle of nothing besides), ghosts, nulls, overfull, huge, endless (one
 *   handle for ever), growing (ever new ones)
 * C_GetAttributeValue (attributes.c), of the type A: says=A/OCTET (repeated), length=A/N, then=A/N (only when
 *   the value is fetched), absent=A, hidden=A, other=A (another object's value), number=A/N, ulong=A/N,
 *   flip=A (last bit), cut=A (last octet), rubbish=A (259 octets), overflow=A, repoints=A (the pointer),
 *   retypes=A/B
 * C_GenerateKeyPair (birth.c): refuses=VALUE<<16|TYPE (that value for a template with the type), nothing,
 *   zero, ghost, swaps (handles), passing (session objects), public, plain, extractable, signless, curve,
 *   kind, bits=N, exponent (3), relabels, renumbers, twice
 * C_DestroyObject: pretends
 * C_SignInit (signature.c): without=MECHANISM, otherkey; and, as for C_GenerateKeyPair, vendor=NUMBER of
 *   fault_renumber.h
 * C_Sign, C_SignFinal: empty, short, long, length (-1), claims=N, zeros, ones, flip, unwritten, nothing, der,
 *   rzero, szero, rbig, rorder, sorder, swap, reverse, hex, highs (right all the same), replay, overflow,
 *   othermessage
 *
 * Every function of PKCS#11 2.40 takes at most eight arguments of register size, so one wrapper shape
 * serves all of them on the machines that the tests run on.
 */
#define _GNU_SOURCE
#include "fault_conduct.h"
#include "fault_renumber.h"

#include <dlfcn.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "fault_module/fault.h"

struct list *real;
static struct list ours;

/* The kinds of fault_conduct.h, which knows of no record. */
static int misconduct(struct fault *fault, ul *answer)
{
    static const char *const kinds[] = {"abort", "leave", "alarm", "stop", "thread", "orphan", "closes", "garbage",
                                        "moves", "eats", "attacks"};
    ul at;
    for (at = 0; at < sizeof kinds / sizeof *kinds; at++)
        if (is(fault, kinds[at])) return !conduct(kinds[at], answer);
    return 0;
}

static ul wrapped(int number, ul a, ul b, ul c, ul d, ul e, ul f, ul g, ul h)
{
    struct fault fault;
    struct call call = {number, {a, b, c, d, e, f, g, h}, OK};
    ul *arguments = call.arguments;
    begin(number, &fault);
    disturb(&fault);
    if (misconduct(&fault, &call.rv)) return call.rv;
    if (is(&fault, "rv")) return fault.a;
    if (is(&fault, "ok")) return OK;
    if (is(&fault, "vendor") && !renumber(arguments + 1, fault.a)) return MECHANISM_INVALID;
    if (session_before(&fault, &call) || objects_before(&fault, &call) || birth_before(&fault, &call)
        || signature_before(&fault, &call))
        return call.rv;
    /* The room that the caller has for an attribute is overwritten by the call. */
    if (number == N_GetAttributeValue) {
        const struct attribute *template = (const struct attribute *)c;
        for (ul at = 0; at < d; at++)
            if (template[at].type == fault.a) h = template[at].length;
    }
    call.rv = real->functions[number](arguments[0], arguments[1], arguments[2], arguments[3], arguments[4],
                                      arguments[5], arguments[6], arguments[7]);
    if (is(&fault, "late")) raise(SIGKILL);
    if (number == N_GetAttributeValue) arguments[7] = h;
    attributes_after(&fault, &call);
    token_after(&fault, &call);
    session_after(&fault, &call);
    objects_after(&fault, &call);
    birth_after(&fault, &call);
    signature_after(&fault, &call);
    if (call.rv == OK && is(&fault, "after")) return fault.a;
    return call.rv;
}

#define X(number, name) \
    static ul wrap_##name(ul a, ul b, ul c, ul d, ul e, ul f, ul g, ul h) \
    { \
        return wrapped(number, a, b, c, d, e, f, g, h); \
    }
FUNCTIONS(X)
#undef X

static ul stranger(ul a, ul b, ul c, ul d, ul e, ul f, ul g, ul h)
{
    (void)a, (void)b, (void)c, (void)d, (void)e, (void)f, (void)g, (void)h;
    return 0x190; /* CRYPTOKI_NOT_INITIALIZED */
}

static int load(void)
{
    const char *path = getenv("FAULT_MODULE");
    void *library = path ? dlopen(path, RTLD_NOW) : NULL;
    ul (*list)(struct list **) = library ? (ul (*)(struct list **))dlsym(library, "C_GetFunctionList") : NULL;
    return list && list(&real) == OK;
}

__attribute__((visibility("default"))) ul C_GetFunctionList(struct list **list)
{
    static int lists;
    struct fault fault;
    int number;
    begin(N_GetFunctionList, &fault);
    disturb(&fault);
    ul answer;
    if (misconduct(&fault, &answer)) return answer;
    if (is(&fault, "rv")) return fault.a;
    if (is(&fault, "ok")) return OK;
    if (is(&fault, "null")) {
        *list = NULL;
        return OK;
    }
    if (is(&fault, "instances") && lists++ == 0) {
        *list = calloc(1, sizeof **list);
        for (number = 0; number < COUNT; number++) (*list)->functions[number] = stranger;
        (*list)->major = 2;
        (*list)->minor = 40;
        return OK;
    }
    if (!load()) return GENERAL_ERROR;
    ours.major = real->major;
    ours.minor = real->minor;
    if (is(&fault, "old")) {
        ours.major = 1;
        ours.minor = 0;
    }
#define X(number, name) ours.functions[number] = missing(number) ? NULL : wrap_##name;
    FUNCTIONS(X)
#undef X
    *list = &ours;
    if (is(&fault, "late")) raise(SIGKILL);
    return is(&fault, "after") ? fault.a : OK;
}
