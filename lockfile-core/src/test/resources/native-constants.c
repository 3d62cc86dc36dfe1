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
/* From Linux 6.8 on. */
#ifndef STATX_MNT_ID_UNIQUE
#define STATX_MNT_ID_UNIQUE 0x4000
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
	P(AT_FDCWD); P(AT_SYMLINK_NOFOLLOW); P(AT_EMPTY_PATH); P(STATX_BASIC_STATS);
	P(STATX_MNT_ID_UNIQUE);
	V("FLOCK_START", offsetof(struct flock, l_start));
	V("FLOCK_LENGTH", offsetof(struct flock, l_len));
	V("FLOCK_PID", offsetof(struct flock, l_pid));
	V("FLOCK_SIZE", sizeof(struct flock));
	V("PATH", sizeof(struct statx));
	V("STATX_MASK", offsetof(struct statx, stx_mask));
	V("STATX_NLINK", offsetof(struct statx, stx_nlink));
	V("STATX_GID", offsetof(struct statx, stx_gid));
	V("STATX_MODE", offsetof(struct statx, stx_mode));
	V("STATX_SIZE", offsetof(struct statx, stx_size));
	V("STATX_MTIME", offsetof(struct statx, stx_mtime.tv_sec));
	V("STATX_MTIME_NSEC", offsetof(struct statx, stx_mtime.tv_nsec));
	V("STATX_INO", offsetof(struct statx, stx_ino));
	V("STATX_DEV_MAJOR", offsetof(struct statx, stx_dev_major));
	V("STATX_MNT_ID", offsetof(struct statx, stx_mnt_id));
	V("MAGIC_ext4", EXT4_SUPER_MAGIC);
	V("MAGIC_btrfs", BTRFS_SUPER_MAGIC);
	V("MAGIC_tmpfs", TMPFS_MAGIC);
	V("MAGIC_overlay", OVERLAYFS_SUPER_MAGIC);
	V("MAGIC_xfs", XFS_SUPER_MAGIC);
	return 0;
}
