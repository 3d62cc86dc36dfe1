/*
 * Faults of the functions that a native lock calls, for a process that preloads this library.
 *
 * The file that LOCKFILE_FAULTS names has the name of a function, the number of the call that fails,
 * counted from 1 since the file was written, and the error. With "fork" for a name, the next flock that
 * succeeds leaves a child behind, which has all descriptors and does not exec; its number is written to
 * the file with ".child" at its end.
 */
#define _GNU_SOURCE
#include "replacements.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static int wanted(const char *name, int *error) {
	static long calls;
	static struct timespec written;
	char function[32];
	int number;
	struct stat now;
	const char *path = getenv("LOCKFILE_FAULTS");
	FILE *file = (path != NULL) ? fopen(path, "re") : NULL;
	if (file == NULL) {
		return 0;
	}
	int read = fscanf(file, "%31s %d %d", function, &number, error);
	fstat(fileno(file), &now);
	fclose(file);
	if (read < 1 || strcmp(function, name) != 0) {
		return 0;
	}
	if (memcmp(&written, &now.st_mtim, sizeof written) != 0) {
		written = now.st_mtim;
		calls = 0;
	}
	return read < 3 || ++calls == number || number == 0;
}

#define FAULTY(type, name, parameters, arguments) \
	static type faulty_##name parameters { \
		static type (*real) parameters; \
		int error; \
		if (real == NULL) { \
			real = next(#name); \
		} \
		if (wanted(#name, &error)) { \
			errno = error; \
			return -1; \
		} \
		return real arguments; \
	}

FAULTY(int, open, (const char *path, int flags, int mode), (path, flags, mode))
FAULTY(int, statx, (int fd, const char *path, int flags, unsigned mask, void *to), (fd, path, flags, mask, to))
FAULTY(int, statfs, (const char *path, void *to), (path, to))
FAULTY(int, fstatfs, (int fd, void *to), (fd, to))
FAULTY(int, fcntl, (int fd, int command, void *argument), (fd, command, argument))
FAULTY(ssize_t, pread, (int fd, void *to, size_t size, off_t position), (fd, to, size, position))
FAULTY(ssize_t, pwrite, (int fd, const void *from, size_t size, off_t position), (fd, from, size, position))
FAULTY(int, ftruncate, (int fd, off_t length), (fd, length))
FAULTY(int, fsync, (int fd), (fd))
FAULTY(int, flock, (int fd, int operation), (fd, operation))

static int forking_flock(int fd, int operation) {
	int error;
	int result = faulty_flock(fd, operation);
	if (result == 0 && (operation & 2) != 0 && wanted("fork", &error)) {
		pid_t child = fork();
		if (child == 0) {
			prctl(PR_SET_NAME, "forked");
			// Not for ever, should the test die.
			alarm(120);
			pause();
			_exit(0);
		}
		char path[4096];
		snprintf(path, sizeof path, "%s.child", getenv("LOCKFILE_FAULTS"));
		FILE *file = fopen(path, "we");
		fprintf(file, "%d\n", child);
		fclose(file);
		unlink(getenv("LOCKFILE_FAULTS"));
	}
	return result;
}

/* close fails with the descriptor gone, as on Linux. */
static int faulty_close(int fd) {
	int error;
	int (*real)(int) = next("close");
	int result = real(fd);
	if (wanted("close", &error)) {
		errno = error;
		return -1;
	}
	return result;
}

void *dlsym(void *handle, const char *name) {
	static const struct replacement ours[] = { { "open", faulty_open }, { "close", faulty_close },
		{ "statx", faulty_statx }, { "statfs", faulty_statfs }, { "fstatfs", faulty_fstatfs },
		{ "fcntl", faulty_fcntl }, { "flock", forking_flock },
		{ "pread", faulty_pread }, { "pwrite", faulty_pwrite }, { "ftruncate", faulty_ftruncate },
		{ "fsync", faulty_fsync } };
	return find(handle, name, ours, sizeof(ours) / sizeof(ours[0]));
}
