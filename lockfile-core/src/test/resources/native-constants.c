/* Prints the constants that the native lock has in Java, as the headers of this machine have them. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/stat.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/file.h>

#ifndef OVERLAYFS_SUPER_MAGIC
#define OVERLAYFS_SUPER_MAGIC 0x794c7630
#endif
/* xfs has its number nowhere but in the kernel: "XFSB". */
#define XFS_SUPER_MAGIC 0x58465342
#define P(name) printf("%s=%lld\n", #name, (long long) name)
#define V(name, value) printf("%s=%lld\n", name, (long long) (value))

int main(void) {
	P(EPERM); P(ENOENT); P(EINTR); P(EBADF); P(EAGAIN); P(EACCES);
	P(F_RDLCK); P(F_WRLCK); P(F_UNLCK); P(F_OFD_GETLK); P(F_OFD_SETLK);
	P(LOCK_EX); P(LOCK_UN); P(LOCK_NB);
	P(O_RDWR); P(O_NOATIME); P(O_NOCTTY); P(O_NONBLOCK); P(O_CLOEXEC); P(O_NOFOLLOW);
	P(AT_EMPTY_PATH); P(STATX_BASIC_STATS);
	V("FLOCK_START", offsetof(struct flock, l_start));
	V("FLOCK_LENGTH", offsetof(struct flock, l_len));
	V("FLOCK_PID", offsetof(struct flock, l_pid));
	V("FLOCK_SIZE", sizeof(struct flock));
	V("PATH", sizeof(struct statx));
	V("STATX_MODE", offsetof(struct statx, stx_mode));
	V("STATX_INO", offsetof(struct statx, stx_ino));
	V("STATX_DEV_MINOR", offsetof(struct statx, stx_dev_minor));
	V("STATX_DEV_MAJOR", offsetof(struct statx, stx_dev_major));
	V("MAGIC_ext4", EXT4_SUPER_MAGIC);
	V("MAGIC_btrfs", BTRFS_SUPER_MAGIC);
	V("MAGIC_tmpfs", TMPFS_MAGIC);
	V("MAGIC_overlay", OVERLAYFS_SUPER_MAGIC);
	V("MAGIC_xfs", XFS_SUPER_MAGIC);
	return 0;
}
