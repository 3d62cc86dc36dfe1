/*
 * Faults that only a file system can make, for a process that preloads this library.
 *
 * LOCKFILE_FAULT=no-locks:    no file can be locked
 * LOCKFILE_FAULT=deny-create: O_CREAT is denied for a lock file that is there, as Linux does in a
 *                             sticky directory for another user's file (fs.protected_regular)
 * LOCKFILE_FAULT=swap:        while a lock file is opened, its path names NAME.decoy, once
 * LOCKFILE_FAULT=replace:     when a lock file is truncated, NAME.decoy replaces it, once
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int fault(const char *name) {
	const char *value = getenv("LOCKFILE_FAULT");
	return value != NULL && strcmp(value, name) == 0;
}

static int do_fcntl(const char *name, int fd, int command, void *argument) {
	if ((command == F_SETLK || command == F_SETLKW) && fault("no-locks")) {
		errno = ENOLCK;
		return -1;
	}
	int (*original)(int, int, void *) = dlsym(RTLD_NEXT, name);
	return original(fd, command, argument);
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

static int is_lock_file(const char *path) {
	size_t length = strlen(path);
	return length > 5 && strcmp(path + length - 5, ".lock") == 0 && access(path, F_OK) == 0;
}

static int decoy_of(const char *path, char *decoy) {
	snprintf(decoy, PATH_MAX, "%s.decoy", path);
	return access(decoy, F_OK) == 0;
}

static int do_open(const char *name, const char *path, int flags, int mode) {
	int (*original)(const char *, int, int) = dlsym(RTLD_NEXT, name);
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

static int do_ftruncate(const char *name, int fd, off_t length) {
	int (*original)(int, off_t) = dlsym(RTLD_NEXT, name);
	int result = original(fd, length);
	char link[PATH_MAX], path[PATH_MAX], decoy[PATH_MAX];
	snprintf(link, PATH_MAX, "/proc/self/fd/%d", fd);
	ssize_t size = readlink(link, path, PATH_MAX - 1);
	if (size > 0 && fault("replace")) {
		path[size] = 0;
		if (is_lock_file(path) && decoy_of(path, decoy)) {
			rename(decoy, path);
		}
	}
	return result;
}

int ftruncate(int fd, off_t length) {
	return do_ftruncate("ftruncate", fd, length);
}

int ftruncate64(int fd, off64_t length) {
	return do_ftruncate("ftruncate64", fd, length);
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
