/*
 * A host whose kernel does not tell its name, for a process that preloads this library. Each question for the name adds
 * a line to the file LOCKFILE_QUESTIONS.
 */
#define _GNU_SOURCE
#include "replacements.h"
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int gethostname(char *name, size_t size) {
	FILE *file = fopen(getenv("LOCKFILE_QUESTIONS"), "ae");
	fputs("gethostname\n", file);
	fclose(file);
	snprintf(name, size, "localhost");
	return 0;
}

static int is_hidden(const char *path) {
	errno = ENOENT;
	return strcmp(path, "/proc/sys/kernel/hostname") == 0;
}

struct stat64;

int stat64(const char *path, struct stat64 *found) {
	int (*original)(const char *, struct stat64 *) = next("stat64");
	return is_hidden(path) ? -1 : original(path, found);
}

int __xstat64(int version, const char *path, struct stat64 *found) {
	int (*original)(int, const char *, struct stat64 *) = next("__xstat64");
	return is_hidden(path) ? -1 : original(version, path, found);
}

int access(const char *path, int mode) {
	int (*original)(const char *, int) = next("access");
	return is_hidden(path) ? -1 : original(path, mode);
}

int open64(const char *path, int flags, ...) {
	va_list arguments;
	va_start(arguments, flags);
	int mode = va_arg(arguments, int);
	va_end(arguments);
	int (*original)(const char *, int, int) = next("open64");
	return is_hidden(path) ? -1 : original(path, flags, mode);
}

void *dlsym(void *handle, const char *name) {
	static const struct replacement ours[] = { { "open", open64 } };
	return find(handle, name, ours, 1);
}
