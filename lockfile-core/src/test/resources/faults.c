/*
 * Faults that only a file system can make, for a process that preloads this library.
 *
 * LOCKFILE_FAULT=no-locks:    no file can be locked
 * LOCKFILE_FAULT=deny-create: O_CREAT is denied for a lock file that is there, as Linux does in a
 *                             sticky directory for another user's file (fs.protected_regular)
 * LOCKFILE_FAULT=swap:        while a lock file is opened, its path names NAME.decoy, once
 * LOCKFILE_FAULT=swap-TIMES:  the same each time that it is opened for the n-th time, where TIMES has the digit n
 * LOCKFILE_FAULT=replace-at-lock, replace-at-write: before a lock file is locked or written, NAME.decoy
 *                             replaces it, once
 *
 * LOCKFILE_FAULT_FILE: a file of one line, "ID CALL ACTION SKIP TIMES", that may change while the process runs:
 *     CALL:   setlk, unlck, pread, pwrite, ftruncate, fsync, open (of a lock file; ":POSITION" may follow), or utimes;
 *             fcntl:DESCRIPTOR for each setlk and unlck through one descriptor, which can only fail
 *     ACTION: the error that the call fails with; a PAUSE after the call; BEFORE-PAUSE for one before it; GOT-PAUSE for
 *             one after it, if it succeeds; DROP for a call before which all locks of this process on the file vanish,
 *             as when other code closes the file or unlocks the descriptor, and DROP-PAUSE for a pause after that;
 *             REUSE for a call before which other code closes the descriptor, and its number goes to NAME.decoy;
 *             LOSE for a write that is reported as done, and comes up as an error of the next fsync only; COUNT to log
 *             the call, or with the CALL beyond:POSITION each try for a lock on a range that has this byte, but not the first
 *     PAUSE:  STOP to stop the process; DELAYn for n ms; HANGn for as long as this fault is there, n ms at least
 *     SKIP, TIMES: how many calls pass before, and how many are hit (-1: all)
 * Each hit adds its ID as a line to the file's NAME.log.
 *
 * LOCKFILE_LANGUAGE: if there is one, the C library describes errors in German
 * LOCKFILE_CLOCK: how many seconds the clock of the process is ahead of that of the kernel
 */
#define _GNU_SOURCE
#include "replacements.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static int fault(const char *name) {
	const char *value = getenv("LOCKFILE_FAULT");
	return value != NULL && strcmp(value, name) == 0;
}

static int is_lock_file(const char *path) {
	size_t length = strlen(path);
	return length > 5 && strcmp(path + length - 5, ".lock") == 0 && access(path, F_OK) == 0;
}

static int decoy_of(const char *path, char *decoy) {
	snprintf(decoy, PATH_MAX, "%s.decoy", path);
	return access(decoy, F_OK) == 0;
}

static void replace(int fd) {
	char link[PATH_MAX], path[PATH_MAX], decoy[PATH_MAX];
	snprintf(link, PATH_MAX, "/proc/self/fd/%d", fd);
	ssize_t size = readlink(link, path, PATH_MAX - 1);
	if (size > 0) {
		path[size] = 0;
		if (is_lock_file(path) && decoy_of(path, decoy)) {
			rename(decoy, path);
		}
	}
}

static int is_open_lock_file(int fd) {
	char link[PATH_MAX], path[PATH_MAX];
	snprintf(link, PATH_MAX, "/proc/self/fd/%d", fd);
	ssize_t size = readlink(link, path, PATH_MAX - 1);
	path[size > 0 ? size : 0] = 0;
	return strstr(path, ".lock") != NULL;
}

/* Past the functions of this library. */
static ssize_t read_file(const char *path, char *text, size_t size) {
	int fd = syscall(SYS_openat, AT_FDCWD, path, O_RDONLY, 0);
	ssize_t length = (fd < 0) ? -1 : syscall(SYS_read, fd, text, size - 1);
	if (fd >= 0) {
		syscall(SYS_close, fd);
	}
	text[length > 0 ? length : 0] = 0;
	return length;
}

static void log_hit(const char *file, const char *id) {
	char path[PATH_MAX];
	snprintf(path, PATH_MAX, "%s.log", file);
	int fd = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND, 0600);
	if (syscall(SYS_write, fd, id, strlen(id)) < 0 || syscall(SYS_write, fd, "\n", 1) < 0) {
		abort();
	}
	syscall(SYS_close, fd);
}

static int error_of(const char *action) {
	static const struct { const char *name; int number; } errors[] = { { "EACCES", EACCES }, { "EBADF", EBADF },
		{ "EDQUOT", EDQUOT }, { "EINTR", EINTR }, { "EIO", EIO }, { "ENOLCK", ENOLCK }, { "ENOMEM", ENOMEM },
		{ "ENOSPC", ENOSPC }, { "EPERM", EPERM }, { "EROFS", EROFS },
		{ "ESTALE", ESTALE } };
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		if (strcmp(errors[i].name, action) == 0) {
			return errors[i].number;
		}
	}
	return 0;
}

/* What is to become of a call. */
struct hit {
	char id[32], action[32];
	int lose;
};

/* Reads the fault that there is now. */
static int current(struct hit *fault, char *name, int *skip, int *times) {
	const char *file = getenv("LOCKFILE_FAULT_FILE");
	char text[256];
	return file != NULL && read_file(file, text, sizeof(text)) > 0
			&& sscanf(text, "%31s %31s %31s %d %d", fault->id, name, fault->action, skip, times) == 5;
}

/* Says whether a call is to be hit, and how. */
static int due(const char *call, long long position, int result, struct hit *hit) {
	static char last[32];
	static int calls;
	char name[32], exact[64];
	int skip, times;
	if (!current(hit, name, &skip, &times)) {
		return 0;
	}
	snprintf(exact, sizeof(exact), "%s:%lld", call, position);
	int after = strncmp(hit->action, "GOT-", 4) == 0;
	if ((strcmp(name, call) != 0 && strcmp(name, exact) != 0) || after != (result >= 0)) {
		return 0;
	}
	if (strcmp(hit->id, last) != 0) {
		strcpy(last, hit->id);
		calls = 0;
	}
	int before = calls++;
	if (before < skip || (times >= 0 && before >= skip + times)) {
		return 0;
	}
	log_hit(getenv("LOCKFILE_FAULT_FILE"), hit->id);
	return 1;
}

static long long now(void) {
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000LL + time.tv_nsec / 1000000;
}

static int is_there(const char *id) {
	struct hit fault;
	char name[32];
	int skip, times;
	return current(&fault, name, &skip, &times) && strcmp(fault.id, id) == 0;
}

static void pause_for(const char *id, const char *how) {
	int kept = errno;
	long long start = now();
	if (strncmp(how, "STOP", 4) == 0) {
		/* kill(2) could stop another thread first. */
		raise(SIGSTOP);
	}
	else if (strncmp(how, "DELAY", 5) == 0) {
		while (now() < start + atoi(how + 5)) {
			usleep(1000);
		}
	}
	else if (strncmp(how, "HANG", 4) == 0) {
		while (is_there(id) || now() < start + atoi(how + 4)) {
			usleep(1000);
		}
	}
	errno = kept;
}

/* Past the functions of this library. */
static void drop(int fd) {
	char link[PATH_MAX];
	struct flock all = { .l_type = F_UNLCK };
	snprintf(link, PATH_MAX, "/proc/self/fd/%d", fd);
	syscall(SYS_close, syscall(SYS_openat, AT_FDCWD, link, O_RDONLY, 0));
	syscall(SYS_fcntl, fd, F_OFD_SETLK, &all);
	syscall(SYS_flock, fd, LOCK_UN);
}

/* Past the functions of this library. */
static void reuse(int fd) {
	char link[PATH_MAX], path[PATH_MAX], decoy[PATH_MAX];
	snprintf(link, PATH_MAX, "/proc/self/fd/%d", fd);
	ssize_t size = readlink(link, path, PATH_MAX - 1);
	path[size > 0 ? size : 0] = 0;
	decoy_of(path, decoy);
	int other = syscall(SYS_openat, AT_FDCWD, decoy, O_RDWR);
	syscall(SYS_dup3, other, fd, 0);
	syscall(SYS_close, other);
}

/* Says whether a call is to fail, with errno set. */
static int fails(const char *call, long long position, int fd, struct hit *hit) {
	memset(hit, 0, sizeof(*hit));
	if (!due(call, position, -1, hit)) {
		hit->action[0] = 0;
		return 0;
	}
	hit->lose = strcmp(hit->action, "LOSE") == 0;
	if (strncmp(hit->action, "DROP", 4) == 0) {
		drop(fd);
	}
	if (strcmp(hit->action, "REUSE") == 0) {
		reuse(fd);
	}
	if (strncmp(hit->action, "DROP-", 5) == 0 || strncmp(hit->action, "BEFORE-", 7) == 0) {
		pause_for(hit->id, strchr(hit->action, '-') + 1);
	}
	errno = error_of(hit->action);
	return errno != 0;
}

static void pause_after(const char *call, long long position, int result, struct hit *hit) {
	pause_for(hit->id, hit->action);
	if (result >= 0 && due(call, position, result, hit)) {
		pause_for(hit->id, hit->action + 4);
	}
}

static void count_beyond(const struct flock *lock) {
	struct hit hit;
	char name[32];
	int skip, times;
	long long position;
	if (current(&hit, name, &skip, &times) && sscanf(name, "beyond:%lld", &position) == 1
			&& lock->l_start > 0 && position >= lock->l_start && (lock->l_len == 0 || position - lock->l_start < lock->l_len)) {
		log_hit(getenv("LOCKFILE_FAULT_FILE"), hit.id);
	}
}

static int lost = -1;

static int is_set(int command) {
	return command == F_SETLK || command == F_OFD_SETLK;
}

static int do_fcntl(const char *name, int fd, int command, void *argument) {
	struct hit hit;
	struct flock *lock = (is_set(command) && is_open_lock_file(fd)) ? argument : NULL;
	const char *call = (lock != NULL && lock->l_type == F_UNLCK) ? "unlck" : "setlk";
	if (lock != NULL && lock->l_type != F_UNLCK) {
		count_beyond(lock);
	}
	if (lock != NULL && (fails("fcntl", fd, fd, &hit) || fails(call, lock->l_start, fd, &hit))) {
		return -1;
	}
	if ((is_set(command) || command == F_SETLKW) && fault("no-locks")) {
		errno = ENOLCK;
		return -1;
	}
	if (is_set(command) && fault("replace-at-lock")) {
		replace(fd);
	}
	int (*original)(int, int, void *) = next(name);
	int result = original(fd, command, argument);
	if (lock != NULL) {
		pause_after(call, lock->l_start, result, &hit);
	}
	return result;
}

int fcntl(int fd, int command, ...) {
	va_list arguments;
	va_start(arguments, command);
	void *argument = va_arg(arguments, void *);
	va_end(arguments);
	return do_fcntl("fcntl", fd, command, argument);
}

int fcntl64(int fd, int command, ...) {
	va_list arguments;
	va_start(arguments, command);
	void *argument = va_arg(arguments, void *);
	va_end(arguments);
	return do_fcntl("fcntl64", fd, command, argument);
}

static ssize_t do_pread(const char *name, int fd, void *bytes, size_t size, off64_t position) {
	struct hit hit = { "" };
	if (is_open_lock_file(fd) && fails("pread", position, fd, &hit)) {
		return -1;
	}
	ssize_t (*original)(int, void *, size_t, off64_t) = next(name);
	ssize_t result = original(fd, bytes, size, position);
	pause_for(hit.id, hit.action);
	return result;
}

ssize_t pread(int fd, void *bytes, size_t size, off_t position) {
	return do_pread("pread", fd, bytes, size, position);
}

ssize_t pread64(int fd, void *bytes, size_t size, off64_t position) {
	return do_pread("pread64", fd, bytes, size, position);
}

static int do_fsync(const char *name, int fd) {
	struct hit hit = { "" };
	if (fd == lost) {
		lost = -1;
		errno = EIO;
		return -1;
	}
	if (is_open_lock_file(fd) && fails("fsync", 0, fd, &hit)) {
		return -1;
	}
	int (*original)(int) = next(name);
	int result = original(fd);
	pause_for(hit.id, hit.action);
	return result;
}

int fsync(int fd) {
	return do_fsync("fsync", fd);
}

int fdatasync(int fd) {
	return do_fsync("fdatasync", fd);
}

int utimes(const char *path, const struct timeval times[2]) {
	struct hit hit;
	if (fails("utimes", 0, -1, &hit)) {
		return -1;
	}
	int (*original)(const char *, const struct timeval *) = next("utimes");
	return original(path, times);
}

int futimens(int fd, const struct timespec times[2]) {
	struct hit hit;
	if (fails("utimes", 0, -1, &hit)) {
		return -1;
	}
	int (*original)(int, const struct timespec *) = next("futimens");
	return original(fd, times);
}

int utimensat(int directory, const char *path, const struct timespec times[2], int flags) {
	struct hit hit;
	if (fails("utimes", 0, -1, &hit)) {
		return -1;
	}
	int (*original)(int, const char *, const struct timespec *, int) = next("utimensat");
	return original(directory, path, times, flags);
}

static int do_ftruncate(const char *name, int fd, off64_t length) {
	struct hit hit = { "" };
	if (is_open_lock_file(fd) && fails("ftruncate", length, fd, &hit)) {
		return -1;
	}
	int (*original)(int, off64_t) = next(name);
	int result = original(fd, length);
	pause_for(hit.id, hit.action);
	return result;
}

int ftruncate(int fd, off_t length) {
	return do_ftruncate("ftruncate", fd, length);
}

int ftruncate64(int fd, off64_t length) {
	return do_ftruncate("ftruncate64", fd, length);
}

/* As glibc has it, for errors that matter here. */
static const char *german(int error) {
	switch (getenv("LOCKFILE_LANGUAGE") == NULL ? 0 : error) {
		case EDQUOT: return "Der zugewiesene Plattenplatz (Quota) ist \xc3\xbc" "berschritten";
		case EIO: return "Eingabe-/Ausgabefehler";
		case ENOMEM: return "Nicht gen\xc3\xbcgend Hauptspeicher verf\xc3\xbcgbar";
		case ENOSPC: return "Auf dem Ger\xc3\xa4t ist kein Speicherplatz mehr verf\xc3\xbcgbar";
		case EPERM: return "Die Operation ist nicht erlaubt";
		case EROFS: return "Das Dateisystem ist nur lesbar";
		default: return NULL;
	}
}

char *strerror(int error) {
	char *(*original)(int) = next("strerror");
	const char *text = german(error);
	return text != NULL ? (char *) text : original(error);
}

int __xpg_strerror_r(int error, char *text, size_t size) {
	int (*original)(int, char *, size_t) = next("__xpg_strerror_r");
	if (german(error) != NULL) {
		snprintf(text, size, "%s", german(error));
		return 0;
	}
	return original(error, text, size);
}

static long long ahead(void) {
	const char *seconds = getenv("LOCKFILE_CLOCK");
	return seconds != NULL ? atoll(seconds) : 0;
}

/* Past a function of the same name in the C library, which is looked up before this one can ask for it. */
int clock_gettime(clockid_t clock, struct timespec *now) {
	int result = syscall(SYS_clock_gettime, clock, now);
	if (result == 0 && clock == CLOCK_REALTIME) {
		now->tv_sec += ahead();
	}
	return result;
}

int gettimeofday(struct timeval *now, void *zone) {
	int result = syscall(SYS_gettimeofday, now, zone);
	if (result == 0) {
		now->tv_sec += ahead();
	}
	return result;
}

static ssize_t do_pwrite(const char *name, int fd, const void *bytes, size_t size, off64_t position) {
	struct hit hit = { "" };
	if (is_open_lock_file(fd) && fails("pwrite", position, fd, &hit)) {
		return -1;
	}
	if (hit.lose) {
		lost = fd;
		return size;
	}
	if (fault("replace-at-write")) {
		replace(fd);
	}
	ssize_t (*original)(int, const void *, size_t, off64_t) = next(name);
	ssize_t result = original(fd, bytes, size, position);
	pause_for(hit.id, hit.action);
	return result;
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t position) {
	return do_pwrite("pwrite", fd, bytes, size, position);
}

ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t position) {
	return do_pwrite("pwrite64", fd, bytes, size, position);
}

static int do_open(const char *name, const char *path, int flags, int mode) {
	int (*original)(const char *, int, int) = next(name);
	char decoy[PATH_MAX];
	struct hit hit;
	if (!is_lock_file(path)) {
		return original(path, flags, mode);
	}
	if (fails("open", 0, -1, &hit)) {
		return -1;
	}
	if ((flags & O_CREAT) && fault("deny-create")) {
		errno = EACCES;
		return -1;
	}
	static int opened;
	const char *value = getenv("LOCKFILE_FAULT");
	int times = value != NULL && strncmp(value, "swap-", 5) == 0;
	if ((fault("swap") || times) && decoy_of(path, decoy) && (!times || strchr(value + 5, '0' + ++opened) != NULL)) {
		char kept[PATH_MAX];
		snprintf(kept, PATH_MAX, "%s.kept", path);
		rename(path, kept);
		(times ? link : rename)(decoy, path);
		int fd = original(path, flags, mode);
		rename(kept, path);
		return fd;
	}
	return original(path, flags, mode);
}

int open(const char *path, int flags, ...) {
	va_list arguments;
	va_start(arguments, flags);
	int mode = va_arg(arguments, int);
	va_end(arguments);
	return do_open("open", path, flags, mode);
}

int open64(const char *path, int flags, ...) {
	va_list arguments;
	va_start(arguments, flags);
	int mode = va_arg(arguments, int);
	va_end(arguments);
	return do_open("open64", path, flags, mode);
}

void *dlsym(void *handle, const char *name) {
	static const struct replacement ours[] = { { "open", open }, { "fcntl", fcntl }, { "pread", pread },
		{ "pwrite", pwrite }, { "ftruncate", ftruncate }, { "fsync", fsync }, { "futimens", futimens },
		{ "utimensat", utimensat }, { "utimes", utimes }, { "strerror", strerror } };
	return find(handle, name, ours, sizeof(ours) / sizeof(ours[0]));
}
