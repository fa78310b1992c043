// Notes every change of files under a folder, so that a test can take back what was not synced.
//
// Loaded into the program with LD_PRELOAD. PORTNER_CUT_ROOT is the folder, PORTNER_CUT_LOG the file
// that records are appended to: one byte of kind, then two lengths and an offset (each 8 bytes,
// little-endian), then a path and the bytes.
//   w  bytes were written at the offset          t  the file was cut to the offset
//   s  a sync began                              S  it is done: what was written before s is safe
//   r  the path was renamed to the bytes         u  the path was removed
//   c  the path was made, or emptied
//
// And a disk that fails: PORTNER_CUT_BROKEN is a file that says what of it (struct broken below), looked
// at each time, so that a test can break and mend it while the program runs.
//
// With PORTNER_CUT_NO_BARRIER set, the program cannot make sled wait for the disk
// (src/store/sled/barrier.rs): what the barrier is worth is seen by going without.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static const char *root;
static int out = -1;
static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;

// What fails. All zeros: nothing.
struct broken {
    uint64_t inode;     // of this file, or of any if 0
    uint64_t from, to;  // if these bytes of it are touched
    uint32_t what;      // 1 reading, 2 writing, 4 syncing, 8 only half of what is to be written is
    uint32_t error;     // the errno
    uint32_t times;     // how often yet
};
static struct broken *broken;

#define REAL(result, name, ...)                                              \
    static result (*real)(__VA_ARGS__);                                      \
    if (!real) real = (result (*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name)

__attribute__((constructor)) static void begin(void) {
    root = getenv("PORTNER_CUT_ROOT");
    const char *log = getenv("PORTNER_CUT_LOG");
    if (root && log) out = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    const char *how = getenv("PORTNER_CUT_BROKEN");
    int fd = root && how ? open(how, O_RDWR | O_CLOEXEC) : -1;
    if (fd >= 0) {
        broken = mmap(NULL, sizeof *broken, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (broken == MAP_FAILED) abort();
        close(fd);
    }
}

static int is_ours(const char *path) {
    return root && strncmp(path, root, strlen(root)) == 0;
}

static void note(char kind, const char *path, uint64_t offset, const void *bytes, uint64_t length) {
    uint64_t head[3] = {strlen(path), length, offset};
    if (out < 0) return;
    struct iovec parts[4] = {
        {&kind, 1}, {head, sizeof head}, {(void *)path, head[0]}, {(void *)bytes, length}};
    int before = errno;
    pthread_mutex_lock(&one_at_a_time);
    if (writev(out, parts, 4) < 0) abort();
    pthread_mutex_unlock(&one_at_a_time);
    errno = before;
}

static int path_of(int fd, char *path) {
    char link[64];
    if (!root || fd == out) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    return is_ours(path);
}

// Whether it fails now; then errno says how.
static int fails(uint32_t what, int fd, uint64_t offset, uint64_t length) {
    struct stat file;
    char path[PATH_MAX];
    if (!broken || broken->what != what || !path_of(fd, path)) return 0;
    if (broken->inode && (fstat(fd, &file) != 0 || file.st_ino != broken->inode)) return 0;
    if (offset >= broken->to || offset + length <= broken->from) return 0;
    uint32_t times = __atomic_load_n(&broken->times, __ATOMIC_SEQ_CST);
    do {
        if (times == 0) return 0;
    } while (!__atomic_compare_exchange_n(
        &broken->times, &times, times - 1, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
    errno = (int)broken->error;
    return 1;
}

static int fails_here(uint32_t what, int fd, uint64_t length) {
    if (!broken || broken->what != what) return 0;
    off_t here = lseek(fd, 0, SEEK_CUR);
    return here >= 0 && fails(what, fd, (uint64_t)here, length);
}

ssize_t read(int fd, void *bytes, size_t length) {
    REAL(ssize_t, read, int, void *, size_t);
    return fails_here(1, fd, length) ? -1 : real(fd, bytes, length);
}

ssize_t pread64(int fd, void *bytes, size_t length, off64_t offset) {
    REAL(ssize_t, pread64, int, void *, size_t, off64_t);
    return fails(1, fd, (uint64_t)offset, length) ? -1 : real(fd, bytes, length, offset);
}

ssize_t write(int fd, const void *bytes, size_t length) {
    REAL(ssize_t, write, int, const void *, size_t);
    char path[PATH_MAX];
    if (fails_here(2, fd, length)) return -1;
    if (fails_here(8, fd, length)) length = (length + 1) / 2;
    ssize_t done = real(fd, bytes, length);
    if (done > 0 && path_of(fd, path)) {
        off_t end = lseek(fd, 0, SEEK_CUR);
        note('w', path, (uint64_t)end - (uint64_t)done, bytes, (uint64_t)done);
    }
    return done;
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) {
    REAL(ssize_t, pwrite64, int, const void *, size_t, off64_t);
    char path[PATH_MAX];
    if (fails(2, fd, (uint64_t)offset, length)) return -1;
    if (fails(8, fd, (uint64_t)offset, length)) length = (length + 1) / 2;
    ssize_t done = real(fd, bytes, length, offset);
    if (done > 0 && path_of(fd, path)) note('w', path, (uint64_t)offset, bytes, (uint64_t)done);
    return done;
}

int ftruncate64(int fd, off64_t length) {
    REAL(int, ftruncate64, int, off64_t);
    char path[PATH_MAX];
    int done = real(fd, length);
    if (done == 0 && path_of(fd, path)) note('t', path, (uint64_t)length, "", 0);
    return done;
}

int fsync(int fd) {
    REAL(int, fsync, int);
    char path[PATH_MAX];
    if (fails(4, fd, 0, 1)) return -1;
    int ours = path_of(fd, path);
    if (ours) note('s', path, 0, "", 0);
    int done = real(fd);
    if (done == 0 && ours) note('S', path, 0, "", 0);
    return done;
}

int fdatasync(int fd) {
    REAL(int, fdatasync, int);
    char path[PATH_MAX];
    if (fails(4, fd, 0, 1)) return -1;
    int ours = path_of(fd, path);
    if (ours) note('s', path, 0, "", 0);
    int done = real(fd);
    if (done == 0 && ours) note('S', path, 0, "", 0);
    return done;
}

int open64(const char *name, int flags, ...) {
    REAL(int, open64, const char *, int, ...);
    va_list more;
    va_start(more, flags);
    mode_t mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(more, mode_t) : 0;
    va_end(more);
    int is_new = (flags & O_CREAT) && access(name, F_OK) != 0;
    int fd = real(name, flags, mode);
    char path[PATH_MAX];
    if (fd >= 0 && (is_new || (flags & O_TRUNC)) && path_of(fd, path)) note('c', path, 0, "", 0);
    return fd;
}

int rename(const char *from, const char *to) {
    REAL(int, rename, const char *, const char *);
    int done = real(from, to);
    if (done == 0 && out >= 0 && is_ours(from)) note('r', from, 0, to, strlen(to));
    return done;
}

int unlink(const char *name) {
    REAL(int, unlink, const char *);
    int done = real(name);
    if (done == 0 && out >= 0 && is_ours(name)) note('u', name, 0, "", 0);
    return done;
}

int unlinkat(int folder, const char *name, int flags) {
    REAL(int, unlinkat, int, const char *, int);
    char path[2 * PATH_MAX];
    int ours = name[0] != '/' && path_of(folder, path);
    if (ours) {
        strncat(path, "/", sizeof path - strlen(path) - 1);
        strncat(path, name, sizeof path - strlen(path) - 1);
    }
    int done = real(folder, name, flags);
    if (done == 0 && ours && !(flags & AT_REMOVEDIR)) note('u', path, 0, "", 0);
    return done;
}

int prctl(int option, ...) {
    REAL(int, prctl, int, ...);
    va_list more;
    va_start(more, option);
    unsigned long a = va_arg(more, unsigned long), b = va_arg(more, unsigned long);
    unsigned long c = va_arg(more, unsigned long), d = va_arg(more, unsigned long);
    va_end(more);
    if (option == PR_SET_NO_NEW_PRIVS && getenv("PORTNER_CUT_NO_BARRIER")) {
        errno = ENOSYS;
        return -1;
    }
    return real(option, a, b, c, d);
}
