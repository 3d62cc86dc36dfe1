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
import java.nio.charset.Charset;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

import io.github.lockfile.LockPath.Look;
import org.jspecify.annotations.Nullable;

/**
 * Locks with one open file description lock (fcntl(2)) on the bytes that
 * {@link ChannelBackend} locks and all between them, and with flock(2). Both belong to
 * the descriptor: no other code in the JVM drops them by closing another one, and to take
 * them again changes nothing.
 */
final class NativeBackend extends LockBackend {

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

	private static final char UNDECODABLE = '\uFFFD';

	private static final int PATH_MAX = 4096;

	private static final int TYPE = 0170000, REGULAR = 0100000;

	private static final long LENGTH = ChannelBackend.LOCK + 1;

	/**
	 * Why the functions cannot be called, once that has been tried.
	 */
	private static @Nullable String linkage;

	/**
	 * Whether the keys of the JDK say what they are expected to say.
	 */
	private static boolean keysKnown;

	/**
	 * The mount that was found last to have one of these file systems.
	 */
	private static long knownMount;

	private final boolean required;

	/**
	 * The mount of what was looked at; 0 if that is not known.
	 */
	private long mount;

	private NativeBackend(boolean required) {
		this.required = required;
	}

	static LockBackend create(boolean required) {
		return new NativeBackend(required);
	}

	static String obstacle() {
		String system = System.getProperty("os.name"), architecture = System.getProperty("os.arch");
		// A property may be missing: any code in the JVM can remove it.
		if (!"Linux".equals(system) || architecture == null || !ARCHITECTURES.contains(architecture)) {
			return "native locks are not available on " + system + " (" + architecture + ")";
		}
		if (System.getProperty("org.graalvm.nativeimage.imagecode") != null) {
			return "native locks are not available in a native image";
		}
		Module module = NativeBackend.class.getModule();
		if (!module.isNativeAccessEnabled()) {
			// Calling a function all the same would make the JVM warn or throw.
			return module.isNamed() ? NO_ACCESS + module.getName() : NO_ACCESS_UNNAMED;
		}
		synchronized (JvmMonitor.MONITOR) {
			if (linkage == null) {
				linkage = link();
			}
			return linkage;
		}
	}

	private static String link() {
		try {
			keysKnown = Libc.probe().equals(String.valueOf(rootKey()));
			return "";
		}
		catch (UnsupportedOperationException | LinkageError ex) {
			Throwable cause = (ex instanceof ExceptionInInitializerError && ex.getCause() != null) ? ex.getCause() : ex;
			return "the C library or the kernel does not support native locks: " + cause.getMessage();
		}
	}

	private static @Nullable Object rootKey() {
		try {
			return Files.readAttributes(Path.of("/"), BasicFileAttributes.class).fileKey();
		}
		catch (IOException ex) {
			return null;
		}
	}

	/**
	 * Without the JDK, whose look takes longer, and does not tell the mount.
	 */
	@Override
	Look look(LockPath path) throws IOException {
		byte[] bytes = bytes(path.toPath());
		this.mount = 0;
		if (bytes.length == 0 || !keysKnown) {
			return path.look();
		}
		int error = Libc.stat(bytes);
		if (error == -Libc.ENOENT) {
			return Look.NOTHING;
		}
		if (error < 0) {
			throw failure(path.toPath(), error);
		}
		this.mount = Libc.mount();
		return Libc.look(Libc.jdkKey());
	}

	/**
	 * Only the JDK knows the bytes of a path. If they are not text, the bytes of its text
	 * name another file.
	 * @return the bytes; none if they are not known, or too many
	 */
	private static byte[] bytes(Path path) {
		Charset encoding = Charset.forName(System.getProperty("sun.jnu.encoding", "US-ASCII"));
		String text = path.toString();
		byte[] bytes = text.getBytes(encoding);
		boolean known = text.indexOf(UNDECODABLE) < 0 && text.equals(new String(bytes, encoding));
		return (known && bytes.length < PATH_MAX) ? bytes : new byte[0];
	}

	/**
	 * Decides by the file system before anything is opened: where locking is left to a
	 * channel, closing a descriptor would drop the lock of another channel in this JVM.
	 */
	@Override
	OpenFile open(Path path) throws IOException {
		byte[] bytes = bytes(path);
		String obstacle = (this.mount != 0 && this.mount == knownMount) ? "" : obstacle(path, bytes);
		if (!obstacle.isEmpty()) {
			if (this.required) {
				throw new NoNativeLockException(obstacle);
			}
			return new ChannelBackend(obstacle).open(path);
		}
		int fd = Libc.open(bytes, Libc.O_RDWR | Libc.O_NOATIME);
		if (fd == -Libc.EPERM) {
			// Only the owner of a file may read it without a trace (open(2)).
			fd = Libc.open(bytes, Libc.O_RDWR);
		}
		if (fd < 0) {
			throw failure(path, fd);
		}
		int error = Libc.stat(fd);
		if (error < 0 || (Libc.mode() & TYPE) != REGULAR) {
			Libc.close(fd);
			throw (error < 0) ? failure(path, error)
					: new FileSystemException(path.toString(), null, "it is not a regular file");
		}
		long opened = Libc.mount();
		OpenFile file = new OpenDescriptor(bytes, fd, Libc.major(), Libc.minor(), Libc.inode());
		// The path may have named another file when it was asked.
		if (opened != knownMount && FILE_SYSTEMS.containsKey(Libc.fileSystem(fd))) {
			knownMount = opened;
		}
		return file;
	}

	private static String obstacle(Path path, byte[] bytes) throws IOException {
		if (bytes.length == 0) {
			return "the path is not text of less than " + PATH_MAX + " bytes in this locale";
		}
		long type = Libc.fileSystem(bytes);
		if (type < 0) {
			throw failure(path, (int) type);
		}
		return FILE_SYSTEMS.containsKey(type) ? "" : "native locks do not support its file system (type 0x"
				+ Long.toHexString(type) + "), only " + FILE_SYSTEMS.values().stream().sorted().toList();
	}

	private static IOException failure(Path path, int error) {
		return switch (-error) {
			case Libc.ENOENT -> new NoSuchFileException(path.toString());
			case Libc.EACCES -> new AccessDeniedException(path.toString());
			default -> new FileSystemException(path.toString(), null, Libc.message(-error));
		};
	}

	private static final class OpenDescriptor extends OpenFile {

		private static final int PID = Integer.parseInt(LocalSystem.PID);

		private static final Path KERNEL_LOCKS = Path.of("/proc/locks");

		private final byte[] path;

		private final int major;

		private final int minor;

		private final long inode;

		/**
		 * The key that a look of the JDK shows for the file.
		 */
		private final String jdkKey = Libc.jdkKey();

		/**
		 * The number; -1 when it is no longer ours.
		 */
		private int fd;

		/**
		 * Whether a channel of this JVM has locked the file.
		 */
		private boolean overlapped;

		private boolean flocked;

		private int mode;

		private int group;

		private int links;

		private OpenDescriptor(byte[] path, int fd, int major, int minor, long inode) {
			this.path = path;
			this.fd = fd;
			this.major = major;
			this.minor = minor;
			this.inode = inode;
		}

		@Override
		Taker take() throws IOException {
			if (tryRange()) {
				if (tryFlock()) {
					return Taker.NOBODY;
				}
				unlock();
				this.flocked = true;
				return Taker.FLOCK;
			}
			// If the kernel cannot say whose it is, it may be.
			this.overlapped = true;
			this.overlapped = isOfThisJvm();
			return this.overlapped ? Taker.THIS_JVM
					: isFree(ChannelBackend.LOCK, 1) ? Taker.OTHER_PROGRAM : Taker.HOLDER;
		}

		/**
		 * A channel takes its two locks one after the other, a descriptor takes both at
		 * once.
		 */
		@Override
		boolean isBeingTaken() throws IOException {
			return isFree(ChannelBackend.FIRST_BYTE, 1);
		}

		private boolean tryRange() throws IOException {
			return isTaken(Libc.lock(this.fd, Libc.F_WRLCK, ChannelBackend.FIRST_BYTE, LENGTH));
		}

		private boolean tryFlock() throws IOException {
			return isTaken(Libc.flock(this.fd, Libc.LOCK_EX));
		}

		private static boolean isTaken(int result) throws IOException {
			// POSIX lets a kernel say EACCES instead (fcntl(2)).
			if (result == -Libc.EAGAIN || result == -Libc.EACCES) {
				return false;
			}
			check(result);
			return true;
		}

		private boolean isFree(long start, long length) throws IOException {
			check(Libc.ask(this.fd, start, length));
			return Libc.isFree();
		}

		private static int check(int result) throws IOException {
			if (result < 0) {
				throw new IOException(Libc.message(-result));
			}
			return result;
		}

		/**
		 * The locks are only gone if the descriptor is, or if somebody unlocked it or a
		 * copy of it. Taking locks that are held changes nothing.
		 */
		@Override
		Finding retake(boolean changed, boolean recorded) throws IOException {
			checkNumber();
			// Before the next call writes over them.
			this.mode = Libc.mode();
			this.group = Libc.group();
			this.links = Libc.links();
			boolean first = tryRange(), second = first && tryFlock();
			for (long start = System.nanoTime(); !second && System.nanoTime() - start < PATIENCE_NANOS;) {
				LockSupport.parkNanos(PAUSE_NANOS);
				first = tryRange();
				second = first && tryFlock();
			}
			if (first) {
				return second ? Finding.HELD : Finding.doubt("Another program has locked the file with flock(2)");
			}
			if (isFree(ChannelBackend.LOCK, 1)) {
				return Finding.OTHER_PROGRAM;
			}
			boolean enough = changed || isDoubtfulForLong();
			return (enough && !isFree(ChannelBackend.FIRST_BYTE, 1)) ? Finding.TAKEN : Finding.BEING_TAKEN;
		}

		/**
		 * Other code may have closed the descriptor, and its number may belong to another
		 * file by now. Going on would lock, write and close a stranger's file.
		 */
		private void checkNumber() throws IOException {
			int error = (this.fd < 0) ? -Libc.EBADF : Libc.stat(this.fd);
			if (error == -Libc.EBADF || (error == 0 && !isLookedAt())) {
				this.fd = -1;
				throw new ClosedChannelException();
			}
			check(error);
		}

		private boolean isLookedAt() {
			return Libc.inode() == this.inode && Libc.major() == this.major && Libc.minor() == this.minor;
		}

		@Override
		boolean isLockedByThisJvm() {
			try {
				checkNumber();
				return isOfThisJvm();
			}
			catch (ClosedChannelException ex) {
				return false;
			}
			catch (IOException ex) {
				return true;
			}
		}

		/**
		 * A record lock of this process carries its process ID; that of a descriptor does
		 * not. Asks for each byte that a channel locks, since the kernel tells only the
		 * first lock that it finds.
		 */
		private boolean isOfThisJvm() throws IOException {
			return isOfThisJvm(ChannelBackend.FIRST_BYTE, 1) || isOfThisJvm(ChannelBackend.LOCK, 1)
					|| isOfThisJvm(0, 0);
		}

		private boolean isOfThisJvm(long start, long length) throws IOException {
			return !isFree(start, length) && Libc.process() == PID;
		}

		/**
		 * Half the time of a close look, which makes the JDK build a map.
		 */
		@Override
		Look look(LockPath path) throws IOException {
			return path.look();
		}

		@Override
		Look complete(Look look) {
			return new Look(look.kind(), look.key(), look.size(), look.modified(), this.mode & LockPath.PERMISSIONS,
					this.group, this.links);
		}

		/**
		 * Without the JDK, whose look is a seventh of the time of an acquire and release.
		 */
		@Override
		Look lookAgain(LockPath path, Look before) throws IOException {
			if (!isKeyed(before.key()) || Libc.stat(this.path) < 0 || !isLookedAt()) {
				return path.lookClosely();
			}
			return Libc.look(this.jdkKey);
		}

		@Override
		boolean isSameFile(OpenFile other) {
			return (other instanceof OpenDescriptor opened)
					? this.inode == opened.inode && this.major == opened.major && this.minor == opened.minor
					: isKeyed(other.key);
		}

		@Override
		boolean isCertainly(Look look) {
			return isKeyed(look.key());
		}

		/**
		 * If the keys of the JDK change one day, the path must prove itself by showing
		 * what was written, as with a channel.
		 */
		@Override
		boolean isCertainlyAnother(Look look) {
			return keysKnown && !isKeyed(look.key());
		}

		private boolean isKeyed(@Nullable String key) {
			return this.jdkKey.equals(key);
		}

		/**
		 * Names who has locked the file with flock(2), as far as the kernel tells: btrfs
		 * shows another device there, and a process outside the container has no ID.
		 */
		@Override
		String taker() {
			if (!this.flocked) {
				return super.taker();
			}
			String file = "%02x:%02x:%d".formatted(this.major, this.minor, this.inode);
			String process = "another process";
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

		private static String command(String process) {
			try {
				return " (" + LockRecord.clean(Files.readString(Path.of("/proc", process, "comm")).strip()) + ")";
			}
			catch (IOException ex) {
				return "";
			}
		}

		@Override
		byte[] read(long position, long expected) throws IOException {
			int limit = (int) Math.max(0, Math.min(expected, LockRecord.MAX_LENGTH));
			byte[] content = new byte[limit + 1];
			int length = 0;
			int count;
			do {
				count = check(Libc.read(this.fd, content, length, position + length));
				length += count;
			}
			while (count > 0 && length < limit);
			return Arrays.copyOf(content, length);
		}

		@Override
		void write(LockRecord record, long length, boolean force) throws IOException {
			if (length > record.length()) {
				truncate(record.length());
			}
			for (int written = 0; written < record.length();) {
				written += check(Libc.write(this.fd, record.bytes(), written));
			}
			if (force) {
				check(Libc.sync(this.fd));
			}
		}

		@Override
		void truncate(long length) throws IOException {
			check(Libc.truncate(this.fd, length));
		}

		/**
		 * Closing the descriptor is not enough: a child that was forked a moment ago has
		 * a copy of it, and thereby the locks.
		 */
		private void unlock() {
			Libc.lock(this.fd, Libc.F_UNLCK, ChannelBackend.FIRST_BYTE, LENGTH);
			Libc.flock(this.fd, Libc.LOCK_UN);
		}

		@Override
		void close() {
			try {
				checkNumber();
			}
			catch (ClosedChannelException ex) {
				return;
			}
			catch (IOException ex) {
				// It may well be ours, and keeping it open would keep the lock.
			}
			unlock();
			if (this.overlapped && isLockedByThisJvm()) {
				JvmMonitor.park(this.key, this);
				return;
			}
			int number = this.fd;
			// First, so that a second call does not close somebody else's file.
			this.fd = -1;
			Libc.close(number);
		}

	}

}
