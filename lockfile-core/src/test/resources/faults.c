/*
 * Faults that only a file system can make, for a process that preloads this library.
 *
 * LOCKFILE_FAULT=no-locks:    no file can be locked
 * LOCKFILE_FAULT=deny-create: O_CREAT is denied for a lock file that is there, as Linux does in a
 *                             sticky directory for another user's file (fs.protected_regular)
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
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

static int do_open(const char *name, const char *path, int flags, int mode) {
	size_t length = strlen(path);
	if ((flags & O_CREAT) && length > 5 && strcmp(path + length - 5, ".lock") == 0 && access(path, F_OK) == 0
			&& fault("deny-create")) {
		errno = EACCES;
		return -1;
	}
	int (*original)(const char *, int, int) = dlsym(RTLD_NEXT, name);
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
