/*
 * What a module may do to the process that it is in, and to others: more kinds of faults for fault_module.c.
 *
 *   abort      abort()                          leave      exit(9), with everything that runs at an exit
 *   alarm      dies of SIGALRM                  stop       stops itself, as by SIGSTOP
 *   thread     crashes in a thread of its own while the call hangs
 *   orphan     forks a child that keeps everything open for a minute, then _exit(7)
 *   closes     closes every descriptor          garbage    writes nonsense into every socket
 *   moves      changes directory, umask, locale, its signal handlers and its name; goes on
 *   eats       takes memory until there is none left, then answers CKR_HOST_MEMORY
 *   attacks    tries what it must not be able to do and writes one line for each attempt into FAULT_LOG:
 *              "attack NAME ERROR", with ok for a success; FAULT_HOME names the home
 *
 * dlopen:crash, dlopen:hang and dlopen:leave happen before any function is called.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

long syscall(long number, ...);
int unshare(int flags);

static void *crash_later(void *nothing)
{
    (void)nothing;
    usleep(100000);
    *(volatile int *)0 = 0;
    return NULL;
}

static void tried(const char *name, long result)
{
    const char *path = getenv("FAULT_LOG"), *error = result < 0 ? strerrorname_np(errno) : "ok";
    FILE *file = path ? fopen(path, "a") : NULL;
    if (file) {
        fprintf(file, "attack %s %s\n", name, error);
        fclose(file);
    }
}

static const char *in_home(const char *name)
{
    static char path[4096];
    const char *home = getenv("FAULT_HOME");
    snprintf(path, sizeof path, "%s/%s", home ? home : "/nowhere", name);
    return path;
}

static const char *of_parent(const char *name)
{
    static char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", (int)getppid(), name);
    return path;
}

/* The exit status of a command, as an error number. */
static long command(const char *line)
{
    int status = system(line);
    errno = EACCES;
    return status == 0 ? 0 : -1;
}

static void attack(void)
{
    char other[4200], link_path[1024];
    char memory[16];
    struct iovec local = {memory, sizeof memory}, remote = {(void *)&attack, sizeof memory};
    struct rlimit core = {1 << 20, 1 << 20};
    const char *scratch = getenv("FAULT_SCRATCH");
    long parent = getppid();
    DIR *directory;

    /* The home. */
    tried("read keyrite.toml", open(in_home("keyrite.toml"), O_RDONLY));
    tried("read ledger", open(in_home("ledger.sqlite"), O_RDONLY));
    tried("write ledger", open(in_home("ledger.sqlite"), O_WRONLY));
    tried("empty ledger", truncate(in_home("ledger.sqlite"), 0));
    tried("delete ledger", unlink(in_home("ledger.sqlite")));
    tried("create", open(in_home("planted"), O_WRONLY | O_CREAT, 0600));
    tried("make directory", mkdir(in_home("planted"), 0700));
    directory = opendir(in_home(""));
    if (directory) {
        /* An empty directory lies over a home that is hidden: the third entry would be something of the home. */
        struct dirent *entry;
        readdir(directory), readdir(directory), entry = readdir(directory);
        errno = ENOENT;
        tried("list", entry ? 0 : -1);
    } else {
        tried("list", -1);
    }
    snprintf(other, sizeof other, "%s/taken", scratch);
    tried("move ledger away", rename(in_home("ledger.sqlite"), other));
    tried("link ledger", link(in_home("ledger.sqlite"), other));
    snprintf(link_path, sizeof link_path, "%s/way", scratch);
    if (symlink(in_home(""), link_path) == 0) {
        snprintf(other, sizeof other, "%s/keyrite.toml", link_path);
        tried("read through link", open(other, O_RDONLY));
    }
    snprintf(other, sizeof other, "cat '%s' >/dev/null", in_home("keyrite.toml"));
    tried("read by another program", command(other));
    /* The program. */
    tried("memory of the program", open(of_parent("mem"), O_RDONLY));
    tried("environment of the program", open(of_parent("environ"), O_RDONLY));
    tried("files of the program", readlink(of_parent("fd/0"), other, sizeof other));
    tried("trace the program", ptrace(PTRACE_ATTACH, parent, 0, 0));
    tried("copy from the program", syscall(SYS_process_vm_readv, parent, &local, 1L, &remote, 1L, 0L));
    tried("signal the program", kill((pid_t)parent, 0));
    tried("signal everybody", kill(-1, 0));
    tried("terminal", open("/dev/tty", O_RDWR));
    directory = opendir("/dev/pts");
    tried("list terminals", directory ? 0 : -1);
    /* The confinement. */
    tried("mount", mount("none", scratch, "tmpfs", 0, NULL));
    tried("namespace", unshare(0x10000000));
    tried("core dumps", setrlimit(RLIMIT_CORE, &core));
    tried("dumpable", prctl(PR_SET_DUMPABLE, 1, 0, 0, 0));
    /* What modules must be able to do. */
    tried("good: read elsewhere", open("/etc/passwd", O_RDONLY));
    snprintf(other, sizeof other, "%s/own", scratch);
    tried("good: create elsewhere", open(other, O_WRONLY | O_CREAT, 0600));
    snprintf(link_path, sizeof link_path, "%s/sub", scratch);
    mkdir(link_path, 0700);
    snprintf(link_path, sizeof link_path, "%s/sub/renamed", scratch);
    tried("good: rename elsewhere", rename(other, link_path));
    tried("good: another program", command("true"));
    tried("good: network", socket(AF_INET, SOCK_STREAM, 0));
    tried("good: local socket", socket(AF_UNIX, SOCK_STREAM, 0));
    tried("good: random device", open("/dev/urandom", O_RDONLY));
    tried("good: shared memory", open("/dev/shm/keyrite-test", O_RDWR | O_CREAT, 0600));
    unlink("/dev/shm/keyrite-test");
}

/* Does what the kind says; whether the call is to go on, and with what it is answered if not. */
static int conduct(const char *kind, unsigned long *answer)
{
    int number;
    if (!strcmp(kind, "abort")) abort();
    if (!strcmp(kind, "leave")) exit(9);
    if (!strcmp(kind, "alarm")) {
        ualarm(100000, 0);
        for (;;) pause();
    }
    if (!strcmp(kind, "stop")) raise(SIGSTOP);
    if (!strcmp(kind, "thread")) {
        pthread_t thread;
        pthread_create(&thread, NULL, crash_later, NULL);
        for (;;) pause();
    }
    if (!strcmp(kind, "orphan")) {
        if (fork() == 0) {
            sleep(60);
            _exit(0);
        }
        _exit(7);
    }
    if (!strcmp(kind, "closes"))
        for (number = 0; number < 256; number++) close(number);
    if (!strcmp(kind, "garbage"))
        for (number = 3; number < 256; number++) {
            struct stat stat;
            if (fstat(number, &stat) == 0 && S_ISSOCK(stat.st_mode))
                (void)!write(number, "\377\377\377\377 no such answer", 20);
        }
    if (!strcmp(kind, "moves")) {
        (void)!chdir("/tmp");
        umask(0777);
        setlocale(LC_ALL, "");
        setenv("TZ", "Pacific/Kiritimati", 1);
        for (number = 1; number < 32; number++) signal(number, SIG_IGN);
        prctl(PR_SET_NAME, "innocent", 0, 0, 0);
    }
    if (!strcmp(kind, "eats")) {
        for (number = 0; number < 1024 && malloc(64 << 20); number++) {}
        *answer = number < 1024 ? 0x2 : 0x5; /* HOST_MEMORY */
        return 0;
    }
    if (!strcmp(kind, "attacks")) attack();
    return 1;
}

__attribute__((constructor)) static void before_any_call(void)
{
    const char *faults = getenv("FAULTS");
    if (faults && strstr(faults, "dlopen:crash")) *(volatile int *)0 = 0;
    if (faults && strstr(faults, "dlopen:leave")) exit(9);
    while (faults && strstr(faults, "dlopen:hang")) pause();
}
