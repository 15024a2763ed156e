/* The search for objects. */
#include <string.h>

#include "fault.h"

ul others(ul session, ul class, ul object, ul *handles)
{
    struct attribute template = {CLASS, &class, sizeof class};
    ul found = 0, at, kept = 0;
    if (real->functions[N_FindObjectsInit](session, (ul)&template, 1, 0, 0, 0, 0, 0) != OK) return 0;
    if (real->functions[N_FindObjects](session, (ul)handles, OTHERS, (ul)&found, 0, 0, 0, 0) != OK) found = 0;
    real->functions[N_FindObjectsFinal](session, 0, 0, 0, 0, 0, 0, 0);
    for (at = 0; at < found; at++)
        if (handles[at] != object) handles[kept++] = handles[at];
    return kept;
}

/* A search by class alone, or by nothing at all. */
int objects_before(struct fault *fault, struct call *call)
{
    static struct attribute kept;
    const struct attribute *template = (const struct attribute *)call->arguments[1];
    ul count = call->arguments[2], at;
    if (call->number != N_FindObjectsInit) return 0;
    if (is(fault, "everything")) call->arguments[2] = 0;
    if (may_be(fault, "wide"))
        for (at = 0; at < count && count > 1; at++)
            if (template[at].type == CLASS) {
                kept = template[at];
                call->arguments[1] = (ul)&kept;
                call->arguments[2] = 1;
                commit(fault);
            }
    return 0;
}

void objects_after(struct fault *fault, struct call *call)
{
    static ul next = 0x1000;
    ul *handles = (ul *)call->arguments[1], most = call->arguments[2], *count = (ul *)call->arguments[3], at;
    if (call->number != N_FindObjects || call->rv != OK) return;
    if (is(fault, "none")) *count = 0;
    if (is(fault, "overfull")) *count = most + 1;
    if (is(fault, "huge")) *count = (ul)-1;
    if (may_be(fault, "endless") || may_be(fault, "growing")) {
        for (at = *count; at < most; at++)
            handles[at] = may_be(fault, "growing") || *count == 0 ? next++ : handles[0];
        *count = most;
        commit(fault);
    }
    if (*count == 0) return;
    if (is(fault, "ghosts"))
        for (at = 0; at < *count; at++) handles[at] = GHOST + at;
    if (is(fault, "nulls"))
        for (at = 0; at < *count; at++) handles[at] = 0;
    if (*count >= most) return;
    if (is(fault, "twice")) {
        handles[*count] = handles[0];
        *count += 1;
    }
    if (is(fault, "ghost")) handles[(*count)++] = GHOST;
}
