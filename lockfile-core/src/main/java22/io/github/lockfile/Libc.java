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
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

/**
 * The functions of the C library that a native lock needs. Each returns what the kernel
 * does: a result, or a negative error number. All of them want the
 * {@link JvmLocks#MONITOR}, since they share one buffer.
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

	private static final int AT_EMPTY_PATH = 0x1000;

	private static final int STATX_BASIC_STATS = 0x7ff;

	private static final int FLOCK_TYPE = 0, FLOCK_START = 8, FLOCK_LENGTH = 16, FLOCK_PID = 24, FLOCK_SIZE = 32;

	private static final byte[] NO_LOCK = new byte[FLOCK_SIZE];

	private static final int STATX_MODE = 28, STATX_INO = 32, STATX_DEV_MAJOR = 136, STATX_DEV_MINOR = 140;

	/**
	 * Room for a struct statx or statfs and a path of PATH_MAX bytes behind it, or for
	 * the content of a lock file and one byte more.
	 */
	private static final int BUFFER_SIZE = LockRecord.MAX_LENGTH + 1, PATH = 256;

	private static final int O_NOFOLLOW = switch (System.getProperty("os.arch")) {
		case "aarch64", "ppc64le" -> 0100000;
		default -> 0400000;
	};

	private final StructLayout stateLayout = Linker.Option.captureStateLayout();

	private final MemorySegment state = Arena.global().allocate(this.stateLayout);

	private final MemorySegment memory = Arena.global().allocate(BUFFER_SIZE, Long.BYTES);

	private final MemorySegment empty = Arena.global().allocate(1);

	/**
	 * The same bytes as buffers, since the first access to a segment makes the JVM build
	 * a handle for each type of value.
	 */
	private final ByteBuffer errno = buffer(this.state), buffer = buffer(this.memory);

	private final MemorySegment open = find("open"), close = find("close"), statfs = find("statfs"),
			fcntl = find("fcntl"), flock = find("flock"), pread = find("pread"), pwrite = find("pwrite"),
			ftruncate = find("ftruncate"), fsync = find("fsync"), futimens = find("futimens"),
			strerror = find("strerror");

	/**
	 * From glibc 2.28 and musl 1.2.5 on.
	 */
	private final MemorySegment statx = find("statx");

	/**
	 * One signature for all functions, since linking each takes milliseconds: on these
	 * architectures an integer is passed in a 64-bit register. It must be variadic for
	 * open and fcntl, which changes nothing for the others.
	 */
	private final MethodHandle call = Linker.nativeLinker()
		.downcallHandle(FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
				Linker.Option.captureCallState("errno"), Linker.Option.firstVariadicArg(1));

	/**
	 * Links the functions.
	 * @throws UnsupportedOperationException if one is missing, which may be for want of a
	 * descriptor: the JDK opens a library for that
	 */
	Libc() {
	}

	private static ByteBuffer buffer(MemorySegment segment) {
		return segment.asByteBuffer().order(ByteOrder.nativeOrder());
	}

	/**
	 * Looks in the JDK's own list of libraries first. That stays empty for the life of
	 * the JVM if it could not be loaded at its first use, but the C library is there.
	 */
	private static MemorySegment find(String name) {
		return Linker.nativeLinker()
			.defaultLookup()
			.find(name)
			.or(() -> SymbolLookup.libraryLookup("libc.so.6", Arena.global()).find(name))
			.orElseThrow(() -> new UnsupportedOperationException("the C library has no " + name));
	}

	/**
	 * Asks for what not every kernel has, on a file that is there for every user: an open
	 * file description lock and statx(2).
	 * @return an error number below zero if one is missing, or there is no answer
	 */
	int probe() {
		int fd = open("/proc/self/status".getBytes(StandardCharsets.US_ASCII), 0);
		if (fd < 0) {
			return fd;
		}
		int looked = stat(fd), asked = ask(fd, F_RDLCK, 0, 1);
		close(fd);
		return (looked < 0) ? looked : asked;
	}

	/**
	 * Asks which file system a path is on, without opening anything.
	 * @return its magic number (statfs(2))
	 */
	long fileSystem(byte[] path) {
		long error = call(this.statfs, string(path), this.memory.address(), 0, 0, 0);
		// The type is a long, and an int on s390x, the one that is not little-endian.
		return (error < 0) ? error : Integer.toUnsignedLong(this.buffer.getInt(0));
	}

	/**
	 * Opens an existing file. A device or a pipe neither blocks nor becomes the terminal
	 * of the process.
	 */
	int open(byte[] path, int access) {
		return (int) call(this.open, string(path), access | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0, 0, 0);
	}

	void close(int fd) {
		// A call that was interrupted (EINTR) is not repeated: the descriptor is closed,
		// and its number may be somebody else's by then (close(2)).
		invoke(this.close, fd, 0, 0, 0, 0);
	}

	/**
	 * Looks at an open file, for {@link #mode()} and the methods after it.
	 */
	int stat(int fd) {
		return (int) call(this.statx, fd, this.empty.address(), AT_EMPTY_PATH, STATX_BASIC_STATS,
				this.memory.address());
	}

	int mode() {
		return Short.toUnsignedInt(this.buffer.getShort(STATX_MODE));
	}

	long inode() {
		return this.buffer.getLong(STATX_INO);
	}

	int major() {
		return this.buffer.getInt(STATX_DEV_MAJOR);
	}

	int minor() {
		return this.buffer.getInt(STATX_DEV_MINOR);
	}

	/**
	 * Sets an open file description lock, or removes it.
	 */
	int lock(int fd, short type, long start, long length) {
		return range(fd, F_OFD_SETLK, type, start, length);
	}

	/**
	 * Asks whether such a lock could be had, for {@link #isFree()} and
	 * {@link #process()}.
	 */
	int ask(int fd, short type, long start, long length) {
		return range(fd, F_OFD_GETLK, type, start, length);
	}

	boolean isFree() {
		return this.buffer.getShort(FLOCK_TYPE) == F_UNLCK;
	}

	/**
	 * Returns which process is in the way; -1 if that is an open file description.
	 */
	int process() {
		return this.buffer.getInt(FLOCK_PID);
	}

	/**
	 * Returns the text of {@code sun.nio.fs.UnixFileKey} for the file that was looked at
	 * last.
	 */
	String jdkKey() {
		// makedev(3)
		long device = ((major() & 0xfffff000L) << 32) | ((major() & 0xfffL) << 8) | ((minor() & 0xffffff00L) << 12)
				| (minor() & 0xffL);
		return "(dev=" + Long.toHexString(device) + ",ino=" + inode() + ")";
	}

	private int range(int fd, int command, short type, long start, long length) {
		this.buffer.put(0, NO_LOCK);
		this.buffer.putShort(FLOCK_TYPE, type);
		this.buffer.putLong(FLOCK_START, start);
		this.buffer.putLong(FLOCK_LENGTH, length);
		return (int) call(this.fcntl, fd, command, this.memory.address(), 0, 0);
	}

	int flock(int fd, int operation) {
		return (int) call(this.flock, fd, operation | LOCK_NB, 0, 0, 0);
	}

	int read(int fd, byte[] into, int offset, long position) {
		int count = (int) call(this.pread, fd, this.memory.address(), into.length - offset, position, 0);
		if (count > 0) {
			this.buffer.get(0, into, offset, count);
		}
		return count;
	}

	int write(int fd, byte[] from, int offset) {
		this.buffer.put(0, from, offset, from.length - offset);
		return (int) call(this.pwrite, fd, this.memory.address(), from.length - offset, offset, 0);
	}

	int truncate(int fd, long length) {
		return (int) call(this.ftruncate, fd, length, 0, 0, 0);
	}

	int sync(int fd) {
		return (int) call(this.fsync, fd, 0, 0, 0, 0);
	}

	/**
	 * Sets both times of a file to now.
	 */
	int touch(int fd) {
		return (int) call(this.futimens, fd, 0, 0, 0, 0);
	}

	/**
	 * Describes an error as the channels of the JDK do.
	 */
	String message(int error) {
		return MemorySegment.ofAddress(invoke(this.strerror, error, 0, 0, 0, 0)).reinterpret(BUFFER_SIZE).getString(0);
	}

	private long string(byte[] text) {
		this.buffer.put(PATH, text).put(PATH + text.length, (byte) 0);
		return this.memory.address() + PATH;
	}

	private long call(MemorySegment function, long a, long b, long c, long d, long e) {
		while (true) {
			// The upper half of a register that returns an int is undefined.
			int result = (int) invoke(function, a, b, c, d, e);
			int error = (result == -1) ? this.errno.getInt(0) : 0;
			if (error != EINTR) {
				return (result == -1) ? -error : result;
			}
		}
	}

	private long invoke(MemorySegment function, long a, long b, long c, long d, long e) {
		try {
			return (long) this.call.invokeExact(function, this.state, a, b, c, d, e);
		}
		catch (RuntimeException | Error ex) {
			throw ex;
		}
		catch (Throwable ex) {
			throw new AssertionError("No function of C throws", ex);
		}
	}

}
