/*
 * A PKCS#11 module that stands before a real one, records every call, and lies, fails, hangs or crashes
 * in chosen ones. Built by fault_module.rs; told what to do by the environment:
 *
 *   FAULT_MODULE  the real module
 *   FAULT_LOG     a file that gets one line per call: the name of the function
 *   FAULTS        NAME:KIND[=NUMBER][@N] separated by commas; the fault happens in the Nth call of the
 *                 function, or in every one
 *
 * What a module does to its process and to others is in fault_conduct.h, the kind vendor in fault_renumber.h. Kinds for any function: hang, crash, exit, kill (SIGKILL before the call), late (SIGKILL after it, so that
 * nobody hears of its result), rv=NUMBER (returned without asking the real module), after=NUMBER (returned
 * after the real module has done it). For C_GenerateKeyPair: refuses=NUMBER (a template with the attribute of
 * the low 16 bits is answered with the bits above). For C_Sign: empty, short, long, length (-1), zeros, flip,
 * replay. For C_GenerateRandom: constant. For C_InitToken, C_InitPIN and C_Login: pad (a keyboard of the token's
 * own: no PIN may be given, and that of FAULT_SO_PIN or FAULT_PIN is typed).
 * For C_GetFunctionList_: instances (whoever asks a second time gets another module, not initialised).
 * For C_GetTokenInfo: flags=NUMBER (set in addition). For C_SignInit: without=NUMBER (that mechanism is
 * refused).
 *
 * Every function of PKCS#11 2.40 takes at most eight arguments of register size, so one wrapper shape
 * serves all of them on the machines that the tests run on.
 */
#define _GNU_SOURCE
#include "fault_conduct.h"
#include "fault_renumber.h"

#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef unsigned long ul;
typedef ul (*function)(ul, ul, ul, ul, ul, ul, ul, ul);

#define FUNCTIONS(X) \
    X(0, Initialize) X(1, Finalize) X(2, GetInfo) X(3, GetFunctionList_) X(4, GetSlotList) \
    X(5, GetSlotInfo) X(6, GetTokenInfo) X(7, GetMechanismList) X(8, GetMechanismInfo) X(9, InitToken) \
    X(10, InitPIN) X(11, SetPIN) X(12, OpenSession) X(13, CloseSession) X(14, CloseAllSessions) \
    X(15, GetSessionInfo) X(16, GetOperationState) X(17, SetOperationState) X(18, Login) X(19, Logout) \
    X(20, CreateObject) X(21, CopyObject) X(22, DestroyObject) X(23, GetObjectSize) \
    X(24, GetAttributeValue) X(25, SetAttributeValue) X(26, FindObjectsInit) X(27, FindObjects) \
    X(28, FindObjectsFinal) X(29, EncryptInit) X(30, Encrypt) X(31, EncryptUpdate) X(32, EncryptFinal) \
    X(33, DecryptInit) X(34, Decrypt) X(35, DecryptUpdate) X(36, DecryptFinal) X(37, DigestInit) \
    X(38, Digest) X(39, DigestUpdate) X(40, DigestKey) X(41, DigestFinal) X(42, SignInit) X(43, Sign) \
    X(44, SignUpdate) X(45, SignFinal) X(46, SignRecoverInit) X(47, SignRecover) X(48, VerifyInit) \
    X(49, Verify) X(50, VerifyUpdate) X(51, VerifyFinal) X(52, VerifyRecoverInit) X(53, VerifyRecover) \
    X(54, DigestEncryptUpdate) X(55, DecryptDigestUpdate) X(56, SignEncryptUpdate) \
    X(57, DecryptVerifyUpdate) X(58, GenerateKey) X(59, GenerateKeyPair) X(60, WrapKey) X(61, UnwrapKey) \
    X(62, DeriveKey) X(63, SeedRandom) X(64, GenerateRandom) X(65, GetFunctionStatus) \
    X(66, CancelFunction) X(67, WaitForSlotEvent)
#define COUNT 68

static const char *names[COUNT] = {
#define X(number, name) [number] = "C_" #name,
    FUNCTIONS(X)
#undef X
};

struct list {
    unsigned char major, minor;
    function functions[COUNT];
};

static struct list *real, ours;
static int lists;
static ul calls[COUNT];
static unsigned char last_signature[4096];
static ul last_length;

static void record(int number)
{
    const char *path = getenv("FAULT_LOG");
    FILE *file = path ? fopen(path, "a") : NULL;
    if (file) {
        fprintf(file, "%s\n", names[number]);
        fclose(file);
    }
}

/* Finds the fault for this call: its kind, and the number behind it. */
static int fault(int number, char *kind, ul *value)
{
    const char *faults = getenv("FAULTS");
    char copy[1024], name[64];
    char *one, *rest;
    if (!faults) return 0;
    snprintf(copy, sizeof copy, "%s", faults);
    for (one = strtok_r(copy, ",", &rest); one; one = strtok_r(NULL, ",", &rest)) {
        ul nth = 0;
        char *at = strchr(one, '@'), *equals;
        if (at) {
            nth = strtoul(at + 1, NULL, 0);
            *at = 0;
        }
        equals = strchr(one, '=');
        *value = 0;
        if (equals) {
            *value = strtoul(equals + 1, NULL, 0);
            *equals = 0;
        }
        if (sscanf(one, "%63[^:]:%31s", name, kind) == 2 && !strcmp(name, names[number])
            && (nth == 0 || nth == calls[number]))
            return 1;
    }
    return 0;
}

/* Whether a template, an array of CK_ATTRIBUTE, has an attribute of this type. */
static int has(ul template, ul count, ul type)
{
    const ul *attribute = (const ul *)template;
    for (; count > 0; count--, attribute += 3)
        if (*attribute == type) return 1;
    return 0;
}

static ul call(int number, ul a, ul b, ul c, ul d, ul e, ul f, ul g, ul h)
{
    char kind[32] = "";
    ul value = 0, rv;
    int faulty;
    calls[number]++;
    record(number);
    faulty = fault(number, kind, &value);
    if (faulty && !strcmp(kind, "hang"))
        for (;;) pause();
    if (faulty && !strcmp(kind, "crash")) *(volatile int *)0 = 0;
    if (faulty && !strcmp(kind, "exit")) _exit(7);
    if (faulty && !strcmp(kind, "kill")) raise(SIGKILL);
    if (faulty && !strcmp(kind, "rv")) return value;
    if (faulty && !conduct(kind, &value)) return value;
    if (faulty && !strcmp(kind, "without") && *(ul *)b == value) return 0x70; /* MECHANISM_INVALID */
    if (faulty && !strcmp(kind, "vendor") && !renumber(&b, value)) return 0x70;
    if (faulty && !strcmp(kind, "refuses") && (has(c, d, value & 0xffff) || has(e, f, value & 0xffff)))
        return value >> 16;
    if (faulty && !strcmp(kind, "pad")) {
        int login = number == 18;
        int officer = number == 9 || (login && b == 0);
        ul *pin = login ? &c : &b, *length = login ? &d : &c;
        const char *typed = getenv(officer ? "FAULT_SO_PIN" : "FAULT_PIN");
        if (*pin || *length || !typed) return 0x7; /* ARGUMENTS_BAD */
        *pin = (ul)typed;
        *length = strlen(typed);
    }
    rv = real->functions[number](a, b, c, d, e, f, g, h);
    if (faulty && !strcmp(kind, "late")) raise(SIGKILL);
    if (rv != 0) return rv;
    if (faulty && !strcmp(kind, "after")) return value;
    if (number == 43 && d) {
        unsigned char *signature = (unsigned char *)d, fresh[4096];
        ul *length = (ul *)e, octets = *length;
        memcpy(fresh, signature, octets);
        if (faulty && !strcmp(kind, "empty")) *length = 0;
        if (faulty && !strcmp(kind, "short")) *length -= 1;
        if (faulty && !strcmp(kind, "long")) signature[(*length)++] = 0;
        if (faulty && !strcmp(kind, "length")) *length = (ul)-1;
        if (faulty && !strcmp(kind, "zeros")) memset(signature, 0, octets);
        if (faulty && !strcmp(kind, "flip")) signature[octets / 2] ^= 1;
        if (faulty && !strcmp(kind, "replay") && last_length == octets)
            memcpy(signature, last_signature, octets);
        memcpy(last_signature, fresh, octets);
        last_length = octets;
    }
    if (number == 64 && faulty && !strcmp(kind, "constant")) memset((void *)b, 0x5a, c);
    /* CK_TOKEN_INFO: 96 octets of text, then the flags. */
    if (number == 6 && faulty && !strcmp(kind, "flags")) *(ul *)(b + 96) |= value;
    return rv;
}

#define X(number, name) \
    static ul wrap_##name(ul a, ul b, ul c, ul d, ul e, ul f, ul g, ul h) \
    { \
        return call(number, a, b, c, d, e, f, g, h); \
    }
FUNCTIONS(X)
#undef X

static ul stranger(ul a, ul b, ul c, ul d, ul e, ul f, ul g, ul h)
{
    (void)a, (void)b, (void)c, (void)d, (void)e, (void)f, (void)g, (void)h;
    return 0x190; /* CRYPTOKI_NOT_INITIALIZED */
}

ul C_GetFunctionList(struct list **list)
{
    char kind[32] = "";
    ul value;
    int number;
    if (lists++ > 0 && fault(3, kind, &value) && !strcmp(kind, "instances")) {
        *list = calloc(1, sizeof **list);
        for (number = 0; number < COUNT; number++) (*list)->functions[number] = stranger;
        (*list)->major = 2;
        (*list)->minor = 40;
        return 0;
    }
    const char *path = getenv("FAULT_MODULE");
    void *library = path ? dlopen(path, RTLD_NOW) : NULL;
    ul (*load)(struct list **) = library ? (ul (*)(struct list **))dlsym(library, "C_GetFunctionList") : NULL;
    if (!load || load(&real) != 0) return 0x5;
    ours.major = real->major;
    ours.minor = real->minor;
#define X(number, name) ours.functions[number] = wrap_##name;
    FUNCTIONS(X)
#undef X
    *list = &ours;
    return 0;
}
