/*
 * Faults on the way to a lock file, for a process that preloads this library. A fault lasts as long as the
 * file LOCKFILE_TRIGGER is there, or for good without that variable.
 *
 * LOCKFILE_FAULT=directory-io-error: a directory named "faulty" cannot be looked at
 * LOCKFILE_FAULT=too-many-files:     no lock file can be opened
 * LOCKFILE_FAULT=io-error:           no lock file can be opened
 * LOCKFILE_FAULT=mandatory:          the first byte of a file cannot be read, as where another process has a
 *                                    mandatory lock on it
 * LOCKFILE_FAULT=hang:               a look at a lock file hangs, and LOCKFILE_TRIGGER.reached shows up
 * LOCKFILE_FAULT=stuck:              an open file named "stuck" cannot be looked at, and LOCKFILE_TRIGGER.reached shows up
 * LOCKFILE_FAULT=no-threads:         no thread can be started
 * LOCKFILE_FAULT=kill:               the process is killed after LOCKFILE_BYTES bytes of a write, or before
 *                                    the first change if there is no such variable
 */
#define _GNU_SOURCE
#include "replacements.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct stat64;
struct statx;

static int fault(const char *name) {
	const char *value = getenv("LOCKFILE_FAULT");
	const char *trigger = getenv("LOCKFILE_TRIGGER");
	return value != NULL && strcmp(value, name) == 0 && (trigger == NULL || access(trigger, F_OK) == 0);
}

static int ends_with(const char *path, const char *end) {
	size_t length = strlen(path), size = strlen(end);
	return length >= size && strcmp(path + length - size, end) == 0;
}

static int leads_to(const char *link, const char *end) {
	char path[PATH_MAX];
	ssize_t size = readlink(link, path, PATH_MAX - 1);
	path[(size > 0) ? size : 0] = 0;
	return ends_with(path, end);
}

static int is_lock_file(int fd) {
	char link[PATH_MAX];
	snprintf(link, PATH_MAX, "/proc/self/fd/%d", fd);
	return leads_to(link, ".lock");
}

static void say_reached(void) {
	char reached[PATH_MAX];
	snprintf(reached, PATH_MAX, "%s.reached", getenv("LOCKFILE_TRIGGER"));
	close(creat(reached, 0600));
}

static int look_fails(const char *path) {
	if (ends_with(path, "/faulty") && fault("directory-io-error")) {
		errno = EIO;
		return 1;
	}
	if (strncmp(path, "/proc/self/fd/", 14) == 0 && leads_to(path, "/stuck") && fault("stuck")) {
		say_reached();
		errno = EIO;
		return 1;
	}
	if (ends_with(path, ".lock") && fault("hang")) {
		say_reached();
		while (fault("hang")) {
			usleep(1000);
		}
	}
	return 0;
}

int stat64(const char *path, struct stat64 *found) {
	int (*original)(const char *, struct stat64 *) = next("stat64");
	return look_fails(path) ? -1 : original(path, found);
}

int lstat64(const char *path, struct stat64 *found) {
	int (*original)(const char *, struct stat64 *) = next("lstat64");
	return look_fails(path) ? -1 : original(path, found);
}

int __xstat64(int version, const char *path, struct stat64 *found) {
	int (*original)(int, const char *, struct stat64 *) = next("__xstat64");
	return look_fails(path) ? -1 : original(version, path, found);
}

int __lxstat64(int version, const char *path, struct stat64 *found) {
	int (*original)(int, const char *, struct stat64 *) = next("__lxstat64");
	return look_fails(path) ? -1 : original(version, path, found);
}

int statx(int directory, const char *path, int flags, unsigned int mask, struct statx *found) {
	int (*original)(int, const char *, int, unsigned int, struct statx *) = next("statx");
	return look_fails(path) ? -1 : original(directory, path, flags, mask, found);
}

int open64(const char *path, int flags, ...) {
	va_list arguments;
	va_start(arguments, flags);
	int mode = va_arg(arguments, int);
	va_end(arguments);
	if (ends_with(path, ".lock") && (fault("too-many-files") || fault("io-error"))) {
		errno = fault("io-error") ? EIO : EMFILE;
		return -1;
	}
	int (*original)(const char *, int, int) = next("open64");
	return original(path, flags, mode);
}

ssize_t pread64(int fd, void *bytes, size_t size, off64_t position) {
	if (position == 0 && fault("mandatory") && is_lock_file(fd)) {
		errno = EACCES;
		return -1;
	}
	ssize_t (*original)(int, void *, size_t, off64_t) = next("pread64");
	return original(fd, bytes, size, position);
}

static int killed_bytes(void) {
	const char *bytes = getenv("LOCKFILE_BYTES");
	return (bytes != NULL) ? atoi(bytes) : 0;
}

ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t position) {
	ssize_t (*original)(int, const void *, size_t, off64_t) = next("pwrite64");
	if (fault("kill") && is_lock_file(fd)) {
		original(fd, bytes, ((size_t) killed_bytes() < size) ? (size_t) killed_bytes() : size, position);
		kill(getpid(), SIGKILL);
	}
	return original(fd, bytes, size, position);
}

int ftruncate64(int fd, off64_t length) {
	int (*original)(int, off64_t) = next("ftruncate64");
	if (fault("kill") && getenv("LOCKFILE_BYTES") == NULL && is_lock_file(fd)) {
		kill(getpid(), SIGKILL);
	}
	return original(fd, length);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument) {
	int (*original)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *) = next("pthread_create");
	return fault("no-threads") ? EAGAIN : original(thread, attributes, start, argument);
}

void *dlsym(void *handle, const char *name) {
	static const struct replacement ours[] = { { "open", open64 }, { "pread", pread64 }, { "pwrite", pwrite64 },
		{ "ftruncate", ftruncate64 }, { "statx", statx } };
	return find(handle, name, ours, sizeof(ours) / sizeof(ours[0]));
}
