/*
 * Faults that only a file system can make, for a process that preloads this library.
 *
 * LOCKFILE_FAULT=no-locks:    no file can be locked
 * LOCKFILE_FAULT=deny-create: O_CREAT is denied for a lock file that is there, as Linux does in a
 *                             sticky directory for another user's file (fs.protected_regular)
 * LOCKFILE_FAULT=swap:        while a lock file is opened, its path names NAME.decoy, once
 * LOCKFILE_FAULT=replace-at-lock, replace-at-write: before a lock file is locked or written, NAME.decoy
 *                             replaces it, once
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

static int do_fcntl(const char *name, int fd, int command, void *argument) {
	if ((command == F_SETLK || command == F_SETLKW) && fault("no-locks")) {
		errno = ENOLCK;
		return -1;
	}
	if (command == F_SETLK && fault("replace-at-lock")) {
		replace(fd);
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

static ssize_t do_pwrite(const char *name, int fd, const void *bytes, size_t size, off64_t position) {
	if (fault("replace-at-write")) {
		replace(fd);
	}
	ssize_t (*original)(int, const void *, size_t, off64_t) = dlsym(RTLD_NEXT, name);
	return original(fd, bytes, size, position);
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t position) {
	return do_pwrite("pwrite", fd, bytes, size, position);
}

ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t position) {
	return do_pwrite("pwrite64", fd, bytes, size, position);
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
