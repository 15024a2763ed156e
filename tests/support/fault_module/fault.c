/* Which fault is due in which call, and the record of both. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fault.h"

const char *const names[COUNT] = {
#define X(number, name) [number] = "C_" #name,
    FUNCTIONS(X)
#undef X
};

static ul calls[COUNT];

static void record(const char *mark, const char *name, const char *kind)
{
    const char *path = getenv("FAULT_LOG");
    FILE *file = path ? fopen(path, "a") : NULL;
    if (file) {
        fprintf(file, "%s%s%s%s\n", mark, name, *kind ? ":" : "", kind);
        fclose(file);
    }
}

/* Reads `NAME:KIND[=A[/B]][@N[+]]`; gives whether it is for the function. */
static int read_one(char *one, int number, struct fault *fault, ul *nth, int *onwards)
{
    char name[64], *at = strchr(one, '@'), *equals, *slash;
    *nth = 0;
    *onwards = 0;
    memset(fault, 0, sizeof *fault);
    fault->number = number;
    if (at) {
        *onwards = strchr(at, '+') != NULL;
        *nth = strtoul(at + 1, NULL, 0);
        *at = 0;
    }
    equals = strchr(one, '=');
    if (equals) {
        fault->given = 1;
        fault->a = strtoul(equals + 1, NULL, 0);
        slash = strchr(equals, '/');
        if (slash) fault->b = strtoul(slash + 1, NULL, 0);
        *equals = 0;
    }
    return sscanf(one, "%63[^:]:%31s", name, fault->kind) == 2 && !strcmp(name, names[number]);
}

/* `call` is the number of the call among those of its function. */
static int find(int number, ul call, struct fault *fault, const char *kind)
{
    const char *faults = getenv("FAULTS");
    char copy[1024], *one, *rest;
    snprintf(copy, sizeof copy, "%s", faults ? faults : "");
    for (one = strtok_r(copy, ",", &rest); one; one = strtok_r(NULL, ",", &rest)) {
        ul nth;
        int onwards;
        if (!read_one(one, number, fault, &nth, &onwards)) continue;
        if (kind ? !strcmp(fault->kind, kind)
                 : nth == 0 || nth == call || (onwards && nth < call))
            return 1;
    }
    memset(fault, 0, sizeof *fault);
    return 0;
}

void begin(int number, struct fault *fault)
{
    /* Several threads may call at a time. */
    ul call = __atomic_add_fetch(&calls[number], 1, __ATOMIC_SEQ_CST);
    record("", names[number], "");
    find(number, call, fault, NULL);
}

int may_be(const struct fault *fault, const char *kind)
{
    return !strcmp(fault->kind, kind);
}

void commit(struct fault *fault)
{
    if (!fault->committed) record("!", names[fault->number], fault->kind);
    fault->committed = 1;
}

int is(struct fault *fault, const char *kind)
{
    if (!may_be(fault, kind)) return 0;
    commit(fault);
    return 1;
}

int missing(int number)
{
    struct fault fault;
    if (!find(number, 0, &fault, "missing")) return 0;
    commit(&fault);
    return 1;
}
