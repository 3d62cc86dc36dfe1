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

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

import io.github.lockfile.Verdict.Locks;
import org.jspecify.annotations.Nullable;

/**
 * A file that is open through a descriptor of its own, with open file description locks
 * (fcntl(2)) on the bytes that {@link OpenFile} names and on all between FIRST and LOCK,
 * and with flock(2). All of them belong to the descriptor: no other code in the JVM drops
 * them by closing another one, and to take them again changes nothing.
 */
final class DescriptorFile extends OpenFile {

	/**
	 * Where Java passes an integer to C in a 64-bit register, and where the constants of
	 * {@link Libc} are known.
	 */
	private static final Set<String> ARCHITECTURES = Set.of("amd64", "aarch64", "riscv64", "ppc64le", "s390x");

	/**
	 * By their numbers in statfs(2). Not NFS, which drops one of the two locks with the
	 * other; not CIFS, which refuses its own descriptor; not FUSE, which is not told of
	 * the release.
	 */
	private static final Map<Long, String> FILE_SYSTEMS = Map.of(0xEF53L, "ext4", 0x58465342L, "xfs", 0x9123683EL,
			"btrfs", 0x01021994L, "tmpfs", 0x794C7630L, "overlay");

	private static final String NO_ACCESS = "native access is not enabled, run java with --enable-native-access=";

	private static final String NO_ACCESS_UNNAMED = NO_ACCESS + "ALL-UNNAMED or give the application's jar the manifest"
			+ " entry 'Enable-Native-Access: ALL-UNNAMED'";

	private static final String UNSUPPORTED = "the C library or the kernel does not support native locks: ";

	private static final int PATH_MAX = 4096;

	private static final int TYPE = 0170000, REGULAR = 0100000;

	private static final long LENGTH = LOCK - FIRST + 1;

	private static final int PID = Integer.parseInt(LocalSystem.PID);

	private static final Path KERNEL_LOCKS = Path.of("/proc/locks");

	/**
	 * Linked at the first use; null before that.
	 */
	private static @Nullable Libc linked;

	private final Libc libc;

	private final int major;

	private final int minor;

	private final long inode;

	private final String key;

	/**
	 * The number; -1 when it is no longer ours.
	 */
	private int fd;

	/**
	 * Whether this JVM may have a record lock on the file, which closing any descriptor
	 * of the file drops: as long as we have not had the locks, and after they were busy.
	 */
	private boolean mayBeLockedByThisJvm = true;

	/**
	 * Whether there may be locks to let go of.
	 */
	private boolean mayHaveLocks;

	private DescriptorFile(Libc libc, int fd) {
		this.libc = libc;
		this.fd = fd;
		this.major = libc.major();
		this.minor = libc.minor();
		this.inode = libc.inode();
		this.key = libc.jdkKey();
	}

	/**
	 * Says why this JVM has no native locks.
	 */
	static String obstacle() {
		String system = System.getProperty("os.name"), architecture = System.getProperty("os.arch");
		// A property may be missing: any code in the JVM can remove it.
		if (!"Linux".equals(system) || architecture == null || !ARCHITECTURES.contains(architecture)) {
			return "native locks are not available on " + system + " (" + architecture + ")";
		}
		if (System.getProperty("org.graalvm.nativeimage.imagecode") != null) {
			return "native locks are not available in a native image";
		}
		Module module = DescriptorFile.class.getModule();
		if (!module.isNativeAccessEnabled()) {
			// Calling a function all the same would make the JVM warn or throw.
			return module.isNamed() ? NO_ACCESS + module.getName() : NO_ACCESS_UNNAMED;
		}
		synchronized (JvmLocks.MONITOR) {
			return (linked != null) ? "" : link();
		}
	}

	/**
	 * A failure is not remembered: it may be for want of a descriptor or of memory.
	 */
	private static String link() {
		try {
			Libc libc = new Libc();
			int error = libc.probe();
			// Where there is no /proc, the first lock will tell.
			if (error < 0 && error != -Libc.ENOENT) {
				return UNSUPPORTED + libc.message(-error);
			}
			linked = libc;
			return "";
		}
		catch (UnsupportedOperationException | IllegalArgumentException | LinkageError ex) {
			return UNSUPPORTED + ex.getMessage();
		}
	}

	/**
	 * Says why the file at a path can have no native lock. Nothing is opened: where
	 * locking is left to a channel, closing a descriptor would drop the lock of another
	 * channel in this JVM.
	 */
	static String obstacle(LockPath path) throws IOException {
		String obstacle = obstacle();
		if (!obstacle.isEmpty() || linked == null) {
			return obstacle;
		}
		byte[] bytes = path.bytes();
		if (bytes.length == 0 || bytes.length >= PATH_MAX) {
			return "the path is not text of less than " + PATH_MAX + " bytes in this locale";
		}
		long type = linked.fileSystem(bytes);
		if (type < 0) {
			throw failure(linked, path, (int) type);
		}
		return FILE_SYSTEMS.containsKey(type) ? "" : "native locks do not support its file system (type 0x"
				+ Long.toHexString(type) + "), only " + FILE_SYSTEMS.values().stream().sorted().toList();
	}

	/**
	 * Opens a file for which there is no obstacle, without following a link.
	 * @throws LeasedFileException if another process has a lease on it
	 */
	static OpenFile open(LockPath path) throws IOException {
		if (linked == null) {
			throw new IllegalStateException("There are no native locks: " + obstacle());
		}
		Libc libc = linked;
		byte[] bytes = path.bytes();
		int fd = libc.open(bytes, Libc.O_RDWR | Libc.O_NOATIME);
		if (fd == -Libc.EPERM) {
			// Only the owner of a file may read it without a trace (open(2)).
			fd = libc.open(bytes, Libc.O_RDWR);
		}
		if (fd == -Libc.EAGAIN) {
			throw new LeasedFileException();
		}
		if (fd < 0) {
			throw failure(libc, path, fd);
		}
		int error = libc.stat(fd);
		if (error < 0 || (libc.mode() & TYPE) != REGULAR) {
			libc.close(fd);
			throw (error < 0) ? failure(libc, path, error)
					: new FileSystemException(path.toPath().toString(), null, "it is not a regular file");
		}
		return new DescriptorFile(libc, fd);
	}

	private static IOException failure(Libc libc, LockPath path, int error) {
		String file = path.toPath().toString();
		return switch (-error) {
			case Libc.ENOENT -> new NoSuchFileException(file);
			case Libc.EACCES -> new AccessDeniedException(file);
			default -> new FileSystemException(file, null, libc.message(-error));
		};
	}

	@Override
	Locks take() throws IOException {
		checkNumber();
		if (tryRange()) {
			if (tryFlock()) {
				return Locks.OURS;
			}
			release();
			return Locks.FLOCK_BUSY;
		}
		return isOfThisJvm() ? Locks.THIS_JVM : Locks.FIRST_BUSY;
	}

	@Override
	void mark() throws IOException {
		this.mayHaveLocks = true;
		isTaken(this.libc.lock(this.fd, Libc.F_WRLCK, SEAL, 1));
	}

	/**
	 * The locks are only gone if the descriptor is, or if somebody unlocked it or a copy
	 * of it. Taking locks that are held changes nothing.
	 */
	@Override
	Locks retake() throws IOException {
		checkNumber();
		for (long start = System.nanoTime(); true;) {
			Locks locks = tryRange() ? (tryFlock() ? Locks.OURS : Locks.FLOCK_BUSY) : Locks.FIRST_BUSY;
			if (locks == Locks.OURS) {
				mark();
				return locks;
			}
			if (locks == Locks.FIRST_BUSY) {
				// Two holders whose locks somebody unlocked would otherwise see each
				// other's mark.
				unlock(SEAL, 1);
				if (isHolderSeen()) {
					return Locks.HOLDER_SEEN;
				}
			}
			if (System.nanoTime() - start >= PATIENCE_NANOS) {
				return (locks == Locks.FIRST_BUSY && isOfThisJvm()) ? Locks.THIS_JVM : locks;
			}
			LockSupport.parkNanos(PAUSE_NANOS);
		}
	}

	/**
	 * Asks for shared locks, as a channel does, but without taking them.
	 */
	@Override
	boolean isHolderSeen() throws IOException {
		return isFree(Libc.F_RDLCK, PROBE, 1) && !isFree(Libc.F_RDLCK, SEAL, 1);
	}

	private boolean tryRange() throws IOException {
		this.mayHaveLocks = true;
		// Set before asking: if the call throws, or the range is busy, a channel of this
		// JVM may have it, even if it was ours before.
		this.mayBeLockedByThisJvm = true;
		this.mayBeLockedByThisJvm = !isTaken(this.libc.lock(this.fd, Libc.F_WRLCK, FIRST, LENGTH));
		return !this.mayBeLockedByThisJvm;
	}

	private boolean tryFlock() throws IOException {
		return isTaken(this.libc.flock(this.fd, Libc.LOCK_EX));
	}

	private boolean isTaken(int result) throws IOException {
		// POSIX lets a kernel say EACCES instead (fcntl(2)).
		if (result == -Libc.EAGAIN || result == -Libc.EACCES) {
			return false;
		}
		check(result);
		return true;
	}

	private boolean isFree(short type, long start, long length) throws IOException {
		check(this.libc.ask(this.fd, type, start, length));
		return this.libc.isFree();
	}

	private int check(int result) throws IOException {
		if (result < 0) {
			throw new IOException(this.libc.message(-result));
		}
		return result;
	}

	/**
	 * Other code may have closed the descriptor, and its number may belong to another
	 * file by now. Going on would lock, write and close a stranger's file.
	 */
	private void checkNumber() throws IOException {
		int error = (this.fd < 0) ? -Libc.EBADF : this.libc.stat(this.fd);
		if (error == -Libc.EBADF || (error == 0 && !isOurFile())) {
			this.fd = -1;
			throw new ClosedChannelException();
		}
		check(error);
	}

	private boolean isOurFile() {
		return this.libc.inode() == this.inode && this.libc.major() == this.major && this.libc.minor() == this.minor;
	}

	@Override
	boolean isLockedByThisJvm() {
		try {
			return isOpen() && isOfThisJvm();
		}
		catch (IOException ex) {
			return true;
		}
	}

	/**
	 * A record lock of this process carries its process ID; that of a descriptor does
	 * not. Asks for each byte that a channel locks, since the kernel tells only the first
	 * lock that it finds.
	 */
	private boolean isOfThisJvm() throws IOException {
		return isOfThisJvm(FIRST, 1) || isOfThisJvm(LOCK, 1) || isOfThisJvm(0, 0);
	}

	private boolean isOfThisJvm(long start, long length) throws IOException {
		return !isFree(Libc.F_WRLCK, start, length) && this.libc.process() == PID;
	}

	@Override
	@Nullable String key() {
		return this.key;
	}

	@Override
	boolean isSameFile(OpenFile other) {
		return this.key.equals(other.key());
	}

	@Override
	boolean isNamedBy(LockPath path) throws IOException {
		return this.key.equals(path.look().key());
	}

	/**
	 * Names who has locked the file with flock(2), as far as the kernel tells: btrfs
	 * shows another device there, and a process outside the container has no ID.
	 */
	@Override
	String holder(Locks locks) {
		String process = "another process";
		if (locks != Locks.FLOCK_BUSY) {
			return process;
		}
		// The digits of some locales are not those of the kernel.
		String file = hex(this.major) + ":" + hex(this.minor) + ":" + this.inode;
		try {
			for (String line : Files.readAllLines(KERNEL_LOCKS)) {
				// 1: FLOCK ADVISORY WRITE 4711 fe:00:1234 0 EOF
				List<String> fields = List.of(line.trim().split("\\s+"));
				if (fields.size() > 5 && fields.get(1).equals("FLOCK") && fields.get(5).equals(file)) {
					process = "process " + fields.get(4) + command(fields.get(4));
				}
			}
		}
		catch (IOException ex) {
			// Then it stays unnamed.
		}
		return process + ", which has locked it with flock(2)";
	}

	private static String hex(int number) {
		return ((number < 0x10) ? "0" : "") + Integer.toHexString(number);
	}

	private static String command(String process) {
		try {
			return " (" + LockRecord.clean(Files.readString(Path.of("/proc", process, "comm")).strip()) + ")";
		}
		catch (IOException ex) {
			return "";
		}
	}

	@Override
	String whyNotNative() {
		return "";
	}

	@Override
	int read(byte[] into, int offset, long position) throws IOException {
		return check(this.libc.read(this.fd, into, offset, position));
	}

	@Override
	void write(LockRecord record, boolean force) throws IOException {
		for (int written = 0; written < record.length();) {
			written += check(this.libc.write(this.fd, record.bytes(), written));
		}
		if (force) {
			check(this.libc.sync(this.fd));
		}
	}

	@Override
	void truncate(long length) throws IOException {
		check(this.libc.truncate(this.fd, length));
	}

	@Override
	boolean touch(LockPath path) {
		return this.libc.touch(this.fd) == 0;
	}

	private boolean unlock(long start, long length) {
		return this.libc.lock(this.fd, Libc.F_UNLCK, start, length) == 0;
	}

	/**
	 * Closing the descriptor is not enough: a child that was forked a moment ago has a
	 * copy of it, and thereby the locks.
	 */
	@Override
	void release() {
		if (this.mayHaveLocks && isOpen()) {
			boolean seal = unlock(SEAL, 1), range = unlock(FIRST, LENGTH);
			boolean flock = this.libc.flock(this.fd, Libc.LOCK_UN) == 0;
			this.mayHaveLocks = !(seal && range && flock);
		}
	}

	/**
	 * Says whether the number is still ours. If the kernel cannot say, close must assume
	 * so: left open, the descriptor would keep the lock.
	 */
	private boolean isOpen() {
		try {
			checkNumber();
			return true;
		}
		catch (ClosedChannelException ex) {
			return false;
		}
		catch (IOException ex) {
			return true;
		}
	}

	@Override
	public boolean mustStayOpen() {
		release();
		return this.mayBeLockedByThisJvm && isLockedByThisJvm();
	}

	@Override
	public void close() {
		if (isOpen()) {
			release();
			int number = this.fd;
			// First, so that a second call does not close somebody else's file.
			this.fd = -1;
			this.libc.close(number);
		}
	}

}
