/*
 * Preloaded into a program: files whose writes come short, and disks that are full from some moment on.
 *
 *   SHORT_WRITE=N   the Nth write to a regular file writes half of what it was given, really, and says so
 *   FULL_WRITE=N    the Nth write to a regular file and all after it write nothing and fail with FULL_ERROR
 *   FULL_CREATE=N   the Nth opening that makes or empties a file and all after it fail with FULL_ERROR
 *   FULL_ERROR=E    an error number; without it, ENOSPC
 *
 * Counted from 1 over write, writev, pwrite and pwritev together; pipes and terminals are left alone. So is the
 * worker, which writes nothing of the home's: only its module writes, into its token.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static long short_write, full_write, full_create;
static int full_error = ENOSPC;
static long writes, creations;

static long number(const char *name)
{
    const char *text = getenv(name);
    return text ? atol(text) : 0;
}

__attribute__((constructor)) static void begin(int count, char **arguments)
{
    if (count > 1 && !strcmp(arguments[1], "token-worker")) return;
    short_write = number("SHORT_WRITE");
    full_write = number("FULL_WRITE");
    full_create = number("FULL_CREATE");
    if (getenv("FULL_ERROR")) full_error = (int)number("FULL_ERROR");
}

/* What becomes of the next write of so many octets: how many are to be written, or -1 for the error. */
static long due(int file, size_t octets)
{
    struct stat status;
    if (fstat(file, &status) != 0 || !S_ISREG(status.st_mode)) return (long)octets;
    long nth = __atomic_add_fetch(&writes, 1, __ATOMIC_SEQ_CST);
    if (full_write && nth >= full_write) {
        errno = full_error;
        return -1;
    }
    return nth == short_write ? (long)(octets / 2) : (long)octets;
}

ssize_t write(int file, const void *octets, size_t count)
{
    long some = due(file, count);
    return some < 0 ? -1 : syscall(SYS_write, file, octets, some);
}

ssize_t pwrite64(int file, const void *octets, size_t count, off64_t at)
{
    long some = due(file, count);
    return some < 0 ? -1 : syscall(SYS_pwrite64, file, octets, some, at);
}

ssize_t pwrite(int file, const void *octets, size_t count, off_t at)
{
    return pwrite64(file, octets, count, at);
}

static ssize_t vector(int file, const struct iovec *parts, int count, off64_t at)
{
    size_t octets = 0;
    for (int part = 0; part < count; part++) octets += parts[part].iov_len;
    long some = due(file, octets);
    if (some < 0) return -1;
    if ((size_t)some == octets)
        return at < 0 ? syscall(SYS_writev, file, parts, (long)count)
                      : syscall(SYS_pwritev, file, parts, (long)count, at, 0L);
    /* Half of it, part by part: the first that does not fit ends it. */
    ssize_t done = 0;
    for (int part = 0; part < count && done < some; part++) {
        size_t length = parts[part].iov_len;
        if ((long)(done + length) > some) length = some - done;
        ssize_t one = at < 0 ? syscall(SYS_write, file, parts[part].iov_base, length)
                             : syscall(SYS_pwrite64, file, parts[part].iov_base, length, at + done);
        if (one < 0) return done ? done : -1;
        done += one;
    }
    return done;
}

ssize_t writev(int file, const struct iovec *parts, int count) { return vector(file, parts, count, -1); }
ssize_t pwritev(int file, const struct iovec *parts, int count, off_t at) { return vector(file, parts, count, at); }
ssize_t pwritev64(int file, const struct iovec *parts, int count, off64_t at)
{
    return vector(file, parts, count, at);
}

static int opened(int directory, const char *path, int flags, mode_t mode)
{
    if ((flags & (O_CREAT | O_TRUNC)) || (flags & O_TMPFILE) == O_TMPFILE) {
        long nth = __atomic_add_fetch(&creations, 1, __ATOMIC_SEQ_CST);
        if (full_create && nth >= full_create) {
            errno = full_error;
            return -1;
        }
    }
    return (int)syscall(SYS_openat, directory, path, flags, mode);
}

#define MODE(flags, last) \
    mode_t mode = 0; \
    if (((flags) & O_CREAT) || ((flags) & O_TMPFILE) == O_TMPFILE) { \
        va_list rest; \
        va_start(rest, last); \
        mode = va_arg(rest, mode_t); \
        va_end(rest); \
    }

int open(const char *path, int flags, ...)
{
    MODE(flags, flags)
    return opened(AT_FDCWD, path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
    MODE(flags, flags)
    return opened(AT_FDCWD, path, flags, mode);
}

int openat(int directory, const char *path, int flags, ...)
{
    MODE(flags, flags)
    return opened(directory, path, flags, mode);
}

int openat64(int directory, const char *path, int flags, ...)
{
    MODE(flags, flags)
    return opened(directory, path, flags, mode);
}
