/*
 * For a library that is preloaded. A native lock looks its functions up with dlsym in a handle, where preloading alone
 * changes nothing, so each such library replaces dlsym, too. On 64-bit Linux, "pread" and "pread64" are one function.
 */
#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

struct replacement {
	const char *name;
	void *function;
};

static void *real_dlsym(void *handle, const char *name) {
	static void *(*real)(void *, const char *);
	const char *versions[] = { "GLIBC_2.34", "GLIBC_2.2.5", "GLIBC_2.17", "GLIBC_2.27", "GLIBC_2.2" };
	for (int i = 0; i < 5 && real == NULL; i++) {
		real = dlvsym(RTLD_NEXT, "dlsym", versions[i]);
	}
	return real(handle, name);
}

/* Past the functions of this library. */
static void *next(const char *name) {
	return real_dlsym(RTLD_NEXT, name);
}

static void *find(void *handle, const char *name, const struct replacement *replacements, size_t count) {
	/* The JDK looks up statx for itself, in no handle. */
	for (size_t i = 0; handle != RTLD_DEFAULT && handle != RTLD_NEXT && i < count; i++) {
		if (strcmp(replacements[i].name, name) == 0) {
			return replacements[i].function;
		}
	}
	return real_dlsym(handle, name);
}
