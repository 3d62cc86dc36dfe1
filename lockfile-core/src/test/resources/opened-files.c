/*
 * Adds the path of each file that is opened to the file LOCKFILE_OPENED, if that is there, for a process that preloads
 * this library. What the dynamic linker and the C library open for themselves does not count.
 */
#define _GNU_SOURCE
#include "replacements.h"
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static void opened(const char *path) {
	int fd = syscall(SYS_openat, AT_FDCWD, getenv("LOCKFILE_OPENED"), O_WRONLY | O_APPEND, 0);
	if (fd >= 0) {
		char line[8192];
		size_t length = strlen(path);
		if (length < sizeof(line)) {
			memcpy(line, path, length);
			line[length] = '\n';
			if (syscall(SYS_write, fd, line, length + 1) < 0) {
				abort();
			}
		}
		syscall(SYS_close, fd);
	}
}

#define OPEN(name) \
	int name(const char *path, int flags, ...) { \
		va_list arguments; \
		va_start(arguments, flags); \
		int mode = va_arg(arguments, int); \
		va_end(arguments); \
		opened(path); \
		int (*original)(const char *, int, int) = next(#name); \
		return original(path, flags, mode); \
	}

#define OPENAT(name) \
	int name(int directory, const char *path, int flags, ...) { \
		va_list arguments; \
		va_start(arguments, flags); \
		int mode = va_arg(arguments, int); \
		va_end(arguments); \
		opened(path); \
		int (*original)(int, const char *, int, int) = next(#name); \
		return original(directory, path, flags, mode); \
	}

OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)

void *opendir(const char *path) {
	opened(path);
	void *(*original)(const char *) = next("opendir");
	return original(path);
}

void *dlsym(void *handle, const char *name) {
	static const struct replacement ours[] = { { "open", open }, { "open64", open64 }, { "openat", openat },
		{ "openat64", openat64 } };
	return find(handle, name, ours, sizeof(ours) / sizeof(ours[0]));
}
