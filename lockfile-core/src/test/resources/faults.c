/*
 * Faults that only a file system can make, for a process that preloads this library.
 *
 * LOCKFILE_FAULT=no-locks:    no file can be locked
 * LOCKFILE_FAULT=deny-create: O_CREAT is denied for a lock file that is there, as Linux does in a
 *                             sticky directory for another user's file (fs.protected_regular)
 * LOCKFILE_FAULT=swap:        while a lock file is opened, its path names NAME.decoy, once
 * LOCKFILE_FAULT=replace-at-lock, replace-at-write: before a lock file is locked or written, NAME.decoy
 *                             replaces it, once
 *
 * LOCKFILE_FAULT_FILE: a file of one line, "ID CALL ACTION SKIP TIMES", that may change while the process runs:
 *     CALL:   setlk, unlck, pread, pwrite, fsync (of a lock file; ":POSITION" may follow), or utimes
 *     ACTION: the error that the call fails with; STOP to stop the process after the call; LOSE for a write that is
 *             reported as done, and comes up as an error of the next fsync only; COUNT to log the call
 *     SKIP, TIMES: how many calls pass before, and how many are hit (-1: all)
 * Each hit adds its ID as a line to the file's NAME.log.
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
#include <sys/syscall.h>
#include <sys/time.h>
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
		{ "EINTR", EINTR }, { "EIO", EIO }, { "ENOLCK", ENOLCK }, { "ENOSPC", ENOSPC }, { "EPERM", EPERM } };
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		if (strcmp(errors[i].name, action) == 0) {
			return errors[i].number;
		}
	}
	return 0;
}

/* Says whether a call is to be hit, and how. */
static int due(const char *call, long long position, char *action) {
	static char last[32];
	static int calls;
	const char *file = getenv("LOCKFILE_FAULT_FILE");
	char text[256], id[32], name[32], exact[64];
	int skip, times;
	if (file == NULL || read_file(file, text, sizeof(text)) <= 0
			|| sscanf(text, "%31s %31s %31s %d %d", id, name, action, &skip, &times) != 5) {
		return 0;
	}
	snprintf(exact, sizeof(exact), "%s:%lld", call, position);
	if (strcmp(name, call) != 0 && strcmp(name, exact) != 0) {
		return 0;
	}
	if (strcmp(id, last) != 0) {
		strcpy(last, id);
		calls = 0;
	}
	int before = calls++;
	if (before < skip || (times >= 0 && before >= skip + times)) {
		return 0;
	}
	log_hit(file, id);
	return 1;
}

/* Says whether a call is to fail, with errno set. */
static int fails(const char *call, long long position, int *stop, int *lose) {
	char action[32];
	if (due(call, position, action)) {
		*stop = strcmp(action, "STOP") == 0;
		*lose = strcmp(action, "LOSE") == 0;
		errno = error_of(action);
		return errno != 0;
	}
	return 0;
}

static void stop_if(int stop) {
	if (stop) {
		int kept = errno;
		/* kill(2) could stop another thread first. */
		raise(SIGSTOP);
		errno = kept;
	}
}

static int lost = -1;

static int is_set(int command) {
	return command == F_SETLK || command == F_OFD_SETLK;
}

static int do_fcntl(const char *name, int fd, int command, void *argument) {
	int stop = 0, lose = 0;
	if (is_set(command) && is_open_lock_file(fd)) {
		struct flock *lock = argument;
		if (fails((lock->l_type == F_UNLCK) ? "unlck" : "setlk", lock->l_start, &stop, &lose)) {
			return -1;
		}
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
	stop_if(stop);
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
	int stop = 0, lose = 0;
	if (is_open_lock_file(fd) && fails("pread", position, &stop, &lose)) {
		return -1;
	}
	ssize_t (*original)(int, void *, size_t, off64_t) = next(name);
	ssize_t result = original(fd, bytes, size, position);
	stop_if(stop);
	return result;
}

ssize_t pread(int fd, void *bytes, size_t size, off_t position) {
	return do_pread("pread", fd, bytes, size, position);
}

ssize_t pread64(int fd, void *bytes, size_t size, off64_t position) {
	return do_pread("pread64", fd, bytes, size, position);
}

static int do_fsync(const char *name, int fd) {
	int stop = 0, lose = 0;
	if (fd == lost) {
		lost = -1;
		errno = EIO;
		return -1;
	}
	if (is_open_lock_file(fd) && fails("fsync", 0, &stop, &lose)) {
		return -1;
	}
	int (*original)(int) = next(name);
	int result = original(fd);
	stop_if(stop);
	return result;
}

int fsync(int fd) {
	return do_fsync("fsync", fd);
}

int fdatasync(int fd) {
	return do_fsync("fdatasync", fd);
}

int utimes(const char *path, const struct timeval times[2]) {
	int stop = 0, lose = 0;
	if (fails("utimes", 0, &stop, &lose)) {
		return -1;
	}
	int (*original)(const char *, const struct timeval *) = next("utimes");
	return original(path, times);
}

static ssize_t do_pwrite(const char *name, int fd, const void *bytes, size_t size, off64_t position) {
	int stop = 0, lose = 0;
	if (is_open_lock_file(fd) && fails("pwrite", position, &stop, &lose)) {
		return -1;
	}
	if (lose) {
		lost = fd;
		return size;
	}
	if (fault("replace-at-write")) {
		replace(fd);
	}
	ssize_t (*original)(int, const void *, size_t, off64_t) = next(name);
	ssize_t result = original(fd, bytes, size, position);
	stop_if(stop);
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
	if (!is_lock_file(path)) {
		return original(path, flags, mode);
	}
	if ((flags & O_CREAT) && fault("deny-create")) {
		errno = EACCES;
		return -1;
	}
	if (fault("swap") && decoy_of(path, decoy)) {
		char kept[PATH_MAX];
		snprintf(kept, PATH_MAX, "%s.kept", path);
		rename(path, kept);
		rename(decoy, path);
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
		{ "pwrite", pwrite }, { "fsync", fsync } };
	return find(handle, name, ours, sizeof(ours) / sizeof(ours[0]));
}
