/* What ends, stops or disturbs the process in which the module runs. */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fault.h"

static void hang(void)
{
    for (;;) pause();
}

/* Rubbish into every socket of the process: as if the module were to answer in the worker's stead. */
static void babble(void)
{
    static const char rubbish[] = "\0\0\0\x10 no answer at all, only rubbish of a module";
    struct stat status;
    int descriptor;
    for (descriptor = 0; descriptor < 64; descriptor++)
        if (fstat(descriptor, &status) == 0 && S_ISSOCK(status.st_mode)
            && write(descriptor, rubbish, sizeof rubbish) < 0)
            return;
}

/* A child that keeps all descriptors of the process for a while. */
static void fork_child(void)
{
    if (fork() != 0) return;
    sleep(3);
    _exit(0);
}

void disturb(struct fault *fault)
{
    if (is(fault, "hang")) hang();
    if (is(fault, "disguised")) {
        prctl(PR_SET_NAME, "\x1b[2J no name");
        hang();
    }
    if (is(fault, "crash")) *(volatile int *)0 = 0;
    if (is(fault, "kill")) raise(SIGKILL);
    if (is(fault, "exit")) _exit(fault->given ? (int)fault->a : 7);
    if (is(fault, "quit")) exit((int)fault->a);
    if (is(fault, "slow")) usleep(fault->a * 1000);
    if (is(fault, "babble")) babble();
    if (is(fault, "fork")) fork_child();
}
