/*
 * Copyright 2026 the original author or authors.
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *      https://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */
package io.github.lockfile;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.attribute.FileTime;
import java.time.Instant;

import io.github.lockfile.LockPath.Kind;
import io.github.lockfile.LockPath.Look;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

/**
 * The functions of the C library that a native lock needs. Each returns what the kernel
 * does: a result, or a negative error number. All of them want the {@link JvmMonitor},
 * since they share one buffer.
 * <p>
 * The constants are those of the kernel's {@code include/uapi}: {@code asm-generic} for
 * x86_64, riscv64 and s390x; aarch64 and ppc64le differ in O_NOFOLLOW alone
 * ({@code arch/arm64/include/uapi/asm/fcntl.h},
 * {@code arch/powerpc/include/uapi/asm/fcntl.h}). All of the five are 64-bit, where
 * {@code struct flock} is as here, and {@code struct statx} is the same everywhere.
 */
@SuppressWarnings("restricted")
final class Libc {

	static final int EPERM = 1, ENOENT = 2, EINTR = 4, EBADF = 9, EAGAIN = 11, EACCES = 13;

	static final short F_RDLCK = 0, F_WRLCK = 1, F_UNLCK = 2;

	static final int O_RDWR = 2, O_NOATIME = 01000000;

	static final int LOCK_EX = 2, LOCK_UN = 8;

	private static final int LOCK_NB = 4;

	private static final int F_OFD_GETLK = 36, F_OFD_SETLK = 37;

	private static final int O_NOCTTY = 0400, O_NONBLOCK = 04000, O_CLOEXEC = 02000000;

	private static final int AT_FDCWD = -100, AT_SYMLINK_NOFOLLOW = 0x100, AT_EMPTY_PATH = 0x1000;

	private static final int STATX_BASIC_STATS = 0x7ff, STATX_MNT_ID_UNIQUE = 0x4000;

	/**
	 * A kernel ignores what it does not know.
	 */
	private static final int WANTED = STATX_BASIC_STATS | STATX_MNT_ID_UNIQUE;

	private static final int FLOCK_TYPE = 0, FLOCK_START = 8, FLOCK_LENGTH = 16, FLOCK_PID = 24, FLOCK_SIZE = 32;

	private static final byte[] NO_LOCK = new byte[FLOCK_SIZE];

	private static final int STATX_MASK = 0, STATX_NLINK = 16, STATX_GID = 24, STATX_MODE = 28, STATX_INO = 32,
			STATX_SIZE = 40, STATX_MTIME = 112, STATX_MTIME_NSEC = 120, STATX_DEV_MAJOR = 136, STATX_DEV_MINOR = 140,
			STATX_MNT_ID = 144;

	/**
	 * Room for a struct statx or statfs and a path of PATH_MAX bytes behind it, or for
	 * the content of a lock file and one byte more.
	 */
	private static final int BUFFER_SIZE = LockRecord.MAX_LENGTH + 1, PATH = 256;

	private static final int O_NOFOLLOW = switch (System.getProperty("os.arch")) {
		case "aarch64", "ppc64le" -> 0100000;
		default -> 0400000;
	};

	private static final Linker LINKER = Linker.nativeLinker();

	private static final StructLayout STATE_LAYOUT = Linker.Option.captureStateLayout();

	private static final MemorySegment STATE = Arena.global().allocate(STATE_LAYOUT);

	private static final MemorySegment MEMORY = Arena.global().allocate(BUFFER_SIZE, Long.BYTES);

	private static final MemorySegment EMPTY = Arena.global().allocate(1);

	/**
	 * The same bytes as buffers, since the first access to a segment makes the JVM build
	 * a handle for each type of value.
	 */
	private static final ByteBuffer ERRNO = buffer(STATE), BUFFER = buffer(MEMORY);

	private static final MemorySegment OPEN = find("open"), CLOSE = find("close"), STATFS = find("statfs"),
			FSTATFS = find("fstatfs"), FCNTL = find("fcntl"), FLOCK = find("flock"), PREAD = find("pread"),
			PWRITE = find("pwrite"), FTRUNCATE = find("ftruncate"), FSYNC = find("fsync"), STRERROR = find("strerror");

	/**
	 * From glibc 2.28 and musl 1.2.5 on.
	 */
	private static final MemorySegment STATX = find("statx");

	/**
	 * One signature for all functions, since linking each takes milliseconds: on these
	 * architectures an integer is passed in a 64-bit register. It must be variadic for
	 * open and fcntl, which changes nothing for the others.
	 */
	private static final MethodHandle CALL = LINKER.downcallHandle(
			FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
			Linker.Option.captureCallState("errno"), Linker.Option.firstVariadicArg(1));

	private Libc() {
	}

	private static ByteBuffer buffer(MemorySegment segment) {
		return segment.asByteBuffer().order(ByteOrder.nativeOrder());
	}

	private static MemorySegment find(String name) {
		return LINKER.defaultLookup()
			.find(name)
			.orElseThrow(() -> new UnsupportedOperationException("the C library has no " + name));
	}

	/**
	 * Tries on the root directory what not every kernel has.
	 * @return the {@link #jdkKey()} of that directory
	 * @throws UnsupportedOperationException if this one lacks it
	 */
	static String probe() {
		int fd = open(new byte[] { '/' }, 0);
		if (fd < 0) {
			throw new UnsupportedOperationException("the root directory cannot be opened: " + message(-fd));
		}
		int looked = stat(fd);
		String key = jdkKey();
		int asked = range(fd, F_OFD_GETLK, F_RDLCK, 0, 1);
		close(fd);
		if (looked < 0) {
			throw new UnsupportedOperationException("there is no statx: " + message(-looked));
		}
		if (asked < 0) {
			throw new UnsupportedOperationException("there are no open file description locks: " + message(-asked));
		}
		return key;
	}

	/**
	 * Asks which file system a path is on, without opening anything.
	 * @return its magic number (statfs(2))
	 */
	static long fileSystem(byte[] path) {
		return fileSystem(STATFS, string(path));
	}

	/**
	 * Asks which file system an open file is on.
	 * @return its magic number (statfs(2))
	 */
	static long fileSystem(int fd) {
		return fileSystem(FSTATFS, fd);
	}

	private static long fileSystem(MemorySegment function, long file) {
		long error = call(function, file, MEMORY.address(), 0, 0, 0);
		// The type is a long, and an int on s390x, the one that is not little-endian.
		return (error < 0) ? error : Integer.toUnsignedLong(BUFFER.getInt(0));
	}

	/**
	 * Opens an existing file. A device or a pipe neither blocks nor becomes the terminal
	 * of the process.
	 */
	static int open(byte[] path, int access) {
		return (int) call(OPEN, string(path), access | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0, 0, 0);
	}

	static void close(int fd) {
		// Not again after EINTR: the number may be somebody else's by then (close(2)).
		invoke(CLOSE, fd, 0, 0, 0, 0);
	}

	/**
	 * Looks at an open file, for {@link #mode()} and the methods after it.
	 */
	static int stat(int fd) {
		return (int) call(STATX, fd, EMPTY.address(), AT_EMPTY_PATH, WANTED, MEMORY.address());
	}

	/**
	 * Looks at what a path names, without following a link.
	 */
	static int stat(byte[] path) {
		return (int) call(STATX, AT_FDCWD, string(path), AT_SYMLINK_NOFOLLOW, WANTED, MEMORY.address());
	}

	static int mode() {
		return Short.toUnsignedInt(BUFFER.getShort(STATX_MODE));
	}

	static long inode() {
		return BUFFER.getLong(STATX_INO);
	}

	static int group() {
		return BUFFER.getInt(STATX_GID);
	}

	static int links() {
		return BUFFER.getInt(STATX_NLINK);
	}

	static int major() {
		return BUFFER.getInt(STATX_DEV_MAJOR);
	}

	static int minor() {
		return BUFFER.getInt(STATX_DEV_MINOR);
	}

	/**
	 * Returns the mount of what was looked at, by a number that no other one ever gets
	 * (statx(2)); 0 before Linux 6.8, which has no such numbers.
	 */
	static long mount() {
		return ((BUFFER.getInt(STATX_MASK) & STATX_MNT_ID_UNIQUE) != 0) ? BUFFER.getLong(STATX_MNT_ID) : 0;
	}

	static Look look(String key) {
		Instant modified = Instant.ofEpochSecond(BUFFER.getLong(STATX_MTIME), BUFFER.getInt(STATX_MTIME_NSEC));
		return new Look(Kind.of(mode()), key, BUFFER.getLong(STATX_SIZE), FileTime.from(modified),
				mode() & LockPath.PERMISSIONS, group(), links());
	}

	/**
	 * Sets an open file description lock, or removes it.
	 */
	static int lock(int fd, short type, long start, long length) {
		return range(fd, F_OFD_SETLK, type, start, length);
	}

	/**
	 * Asks whether such a lock could be had, for {@link #isFree()} and
	 * {@link #process()}.
	 */
	static int ask(int fd, long start, long length) {
		return range(fd, F_OFD_GETLK, F_WRLCK, start, length);
	}

	static boolean isFree() {
		return BUFFER.getShort(FLOCK_TYPE) == F_UNLCK;
	}

	/**
	 * Returns which process is in the way; -1 if that is an open file description.
	 */
	static int process() {
		return BUFFER.getInt(FLOCK_PID);
	}

	/**
	 * Returns the text of {@code sun.nio.fs.UnixFileKey} for the file that was looked at
	 * last.
	 */
	static String jdkKey() {
		// makedev(3)
		long device = ((major() & 0xfffff000L) << 32) | ((major() & 0xfffL) << 8) | ((minor() & 0xffffff00L) << 12)
				| (minor() & 0xffL);
		return "(dev=" + Long.toHexString(device) + ",ino=" + inode() + ")";
	}

	private static int range(int fd, int command, short type, long start, long length) {
		BUFFER.put(0, NO_LOCK);
		BUFFER.putShort(FLOCK_TYPE, type);
		BUFFER.putLong(FLOCK_START, start);
		BUFFER.putLong(FLOCK_LENGTH, length);
		return (int) call(FCNTL, fd, command, MEMORY.address(), 0, 0);
	}

	static int flock(int fd, int operation) {
		return (int) call(FLOCK, fd, operation | LOCK_NB, 0, 0, 0);
	}

	static int read(int fd, byte[] into, int offset, long position) {
		int count = (int) call(PREAD, fd, MEMORY.address(), into.length - offset, position, 0);
		if (count > 0) {
			BUFFER.get(0, into, offset, count);
		}
		return count;
	}

	static int write(int fd, byte[] from, int offset) {
		BUFFER.put(0, from, offset, from.length - offset);
		return (int) call(PWRITE, fd, MEMORY.address(), from.length - offset, offset, 0);
	}

	static int truncate(int fd, long length) {
		return (int) call(FTRUNCATE, fd, length, 0, 0, 0);
	}

	static int sync(int fd) {
		return (int) call(FSYNC, fd, 0, 0, 0, 0);
	}

	/**
	 * Describes an error as the channels of the JDK do.
	 */
	static String message(int error) {
		return MemorySegment.ofAddress(invoke(STRERROR, error, 0, 0, 0, 0)).reinterpret(BUFFER_SIZE).getString(0);
	}

	private static long string(byte[] text) {
		BUFFER.put(PATH, text).put(PATH + text.length, (byte) 0);
		return MEMORY.address() + PATH;
	}

	private static long call(MemorySegment function, long a, long b, long c, long d, long e) {
		while (true) {
			// The upper half of a register that returns an int is undefined.
			int result = (int) invoke(function, a, b, c, d, e);
			int error = (result == -1) ? ERRNO.getInt(0) : 0;
			if (error != EINTR) {
				return (result == -1) ? -error : result;
			}
		}
	}

	private static long invoke(MemorySegment function, long a, long b, long c, long d, long e) {
		try {
			return (long) CALL.invokeExact(function, STATE, a, b, c, d, e);
		}
		catch (RuntimeException | Error ex) {
			throw ex;
		}
		catch (Throwable ex) {
			throw new AssertionError("No function of C throws", ex);
		}
	}

}
