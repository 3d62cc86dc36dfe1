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
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

import io.github.lockfile.Verification.Status;
import org.jspecify.annotations.Nullable;

/**
 * A lock on a file, held by at most one owner on a host: across processes, users,
 * containers that share the directory, and class loaders of one JVM. <pre class="code">
 * try (LockFile lock = LockFile.acquire(Path.of("/run/orders/orders.lock"))) {
 *     // the only one
 * }</pre>
 * <p>
 * It is an advisory operating-system lock ({@code fcntl(2)} on Unix) that goes away with
 * the process, however that ends: a file that is merely there blocks nobody, and no
 * process ID in it is ever consulted. The file stays after release, with its content.
 * <p>
 * <b>Limits.</b> Only programs that use this class, or lock the first byte of the file in
 * the same way, are kept out. Network file systems keep the promise only as far as their
 * locks do. On Unix, other code in this JVM that opens and closes the file drops the lock
 * without a sign (see {@code fcntl(2)}, "Record locks"); {@link #verify()} takes it back.
 * The lock is on the file that the path names: if somebody deletes or replaces that file,
 * a second holder is possible until {@link #verify()}.
 * <p>
 * Instances are safe for use by several threads. A lock is held until {@link #close()}
 * even if nothing refers to it any more.
 */
public final class LockFile implements AutoCloseable {

	/**
	 * With what an attempt takes, attempts are at most 50 ms apart. More of them would
	 * cost a process that waits more than 1 % of a core.
	 */
	private static final Duration MAX_PAUSE = Duration.ofMillis(49);

	/**
	 * A channel that nothing refers to is closed by the garbage collector.
	 */
	private static final Set<LockFile> HELD = ConcurrentHashMap.newKeySet();

	private final Path requestedPath;

	private final Path path;

	private final String content;

	private final Instant acquiredAt;

	private final JvmClaim claim;

	private GuardedFile file;

	private @Nullable Verification last;

	private LockFile(Path requestedPath, Path path, String content, Instant acquiredAt, JvmClaim claim,
			GuardedFile file) {
		this.requestedPath = requestedPath;
		this.path = path;
		this.content = content;
		this.acquiredAt = acquiredAt;
		this.claim = claim;
		this.file = file;
		HELD.add(this);
	}

	/**
	 * Acquires a lock file in one attempt and records the process ID in it.
	 * @param path as in {@link #acquire(Path, ContentTemplate, Duration)}
	 * @return the lock
	 * @throws LockFileHeldException if somebody else holds the lock
	 * @throws LockFileUnavailableException if the path cannot be used
	 */
	public static LockFile acquire(Path path) {
		return acquire(path, ContentTemplate.of("{pid}"));
	}

	/**
	 * Acquires a lock file in one attempt.
	 * @param path as in {@link #acquire(Path, ContentTemplate, Duration)}
	 * @param template what to record in the file
	 * @return the lock
	 * @throws IllegalArgumentException if the content is too long
	 * @throws LockFileHeldException if somebody else holds the lock
	 * @throws LockFileUnavailableException if the path cannot be used
	 */
	public static LockFile acquire(Path path, ContentTemplate template) {
		return acquire(path, template, Duration.ZERO);
	}

	/**
	 * Acquires a lock file, waiting for its holder to release it. The file and its parent
	 * directories are created if they are missing. The content is written between one
	 * space and one newline, in UTF-8, over what the holder before has left.
	 * <p>
	 * Waiting is a series of attempts, at most 50 ms apart, in no fair order. An
	 * interrupt ends it with a {@code LockFileHeldException}; the thread stays
	 * interrupted. An attempt itself is not disturbed by interrupts.
	 * @param path the lock file: a regular file of at most 8 KiB, or nothing yet; on the
	 * default file system. It may not be a symbolic link, the directories above may
	 * @param template what to record in the file
	 * @param timeout how long to wait; zero for one attempt
	 * @return the lock
	 * @throws IllegalArgumentException if the timeout is negative or the content is
	 * longer than 7 KiB; no file has been touched then
	 * @throws LockFileHeldException if somebody else holds the lock still
	 * @throws LockFileUnavailableException if the path cannot be used, whatever the time
	 */
	public static LockFile acquire(Path path, ContentTemplate template, Duration timeout) {
		Objects.requireNonNull(path, "path");
		Objects.requireNonNull(template, "template");
		if (timeout.isNegative()) {
			throw new IllegalArgumentException("Timeout %s is negative; use zero for one attempt".formatted(timeout));
		}
		long start = System.nanoTime();
		Duration pause = Duration.ofMillis(1);
		while (true) {
			try {
				return tryAcquire(path, template);
			}
			catch (LockFileHeldException ex) {
				Duration remaining = timeout.minusNanos(System.nanoTime() - start);
				if (remaining.isNegative() || remaining.isZero() || Thread.currentThread().isInterrupted()) {
					throw ex;
				}
				LockSupport.parkNanos(((pause.compareTo(remaining) < 0) ? pause : remaining).toNanos());
				Duration longer = pause.multipliedBy(2);
				pause = (longer.compareTo(MAX_PAUSE) < 0) ? longer : MAX_PAUSE;
			}
		}
	}

	/**
	 * Has the classes loaded that an acquire needs: most of its time in a JVM that has
	 * just started. Worth it only on a thread that has nothing better to do, before the
	 * first acquire. It reads a byte of the JDK, changes nothing, and never throws.
	 */
	public static void preload() {
		Path directory = Path.of(System.getProperty("java.home"), "lib");
		// Without such a directory this throws; an acquire would make one.
		try (FileChannel channel = FileChannel.open(directory.resolve("modules"), StandardOpenOption.READ)) {
			channel.read(ByteBuffer.allocate(1));
			acquire(directory).close();
		}
		catch (IOException | LockFileException ex) {
			// A directory is refused before anything is opened or made.
		}
	}

	private static LockFile tryAcquire(Path path, ContentTemplate template) {
		Path requestedPath = path.toAbsolutePath();
		Instant now = Instant.now();
		String content = template.render(now);
		int length = content.getBytes(StandardCharsets.UTF_8).length;
		if (length > Acquisition.MAX_CONTENT_LENGTH) {
			throw new IllegalArgumentException("The content has %d bytes, more than the %d that a lock file may have"
				.formatted(length, Acquisition.MAX_CONTENT_LENGTH));
		}
		JvmClaim claim = null;
		LockFile lock = null;
		try {
			Path canonicalPath = canonicalPath(requestedPath);
			claim = JvmClaim.tryClaim(canonicalPath, content);
			if (claim == null) {
				throw new LockFileHeldException(requestedPath, JvmClaim.recorded(canonicalPath), true);
			}
			GuardedFile file = Acquisition.acquire(requestedPath, content);
			lock = new LockFile(requestedPath, canonicalPath, content, now, claim, file);
			return lock;
		}
		catch (IOException ex) {
			throw new LockFileUnavailableException(requestedPath, reason(requestedPath, ex), ex);
		}
		finally {
			if (lock == null && claim != null) {
				claim.release();
			}
		}
	}

	private static Path canonicalPath(Path path) throws IOException {
		Path parent = path.getParent();
		Path name = path.getFileName();
		if (!path.getFileSystem().equals(FileSystems.getDefault())) {
			throw new LockFileUnavailableException(path, "it is not on the default file system");
		}
		if (parent == null || name == null) {
			throw new LockFileUnavailableException(path, "it is a directory");
		}
		Path realParent = realDirectory(parent);
		return realParent.equals(parent) ? path : realParent.resolve(name);
	}

	private static Path realDirectory(Path directory) throws IOException {
		try {
			return directory.toRealPath();
		}
		catch (NoSuchFileException ex) {
			return Files.createDirectories(directory).toRealPath();
		}
	}

	private static String reason(Path path, IOException ex) {
		Path parent = path.getParent();
		if (parent != null && Files.exists(parent) && !Files.isDirectory(parent)) {
			return "'" + parent + "' is not a directory";
		}
		if (ex instanceof AccessDeniedException denied) {
			return "permission denied for '" + denied.getFile() + "'";
		}
		if (ex instanceof FileAlreadyExistsException notDirectory) {
			return "'" + notDirectory.getFile() + "' is not a directory";
		}
		if (ex instanceof NoSuchFileException missing) {
			return "'" + missing.getFile() + "' does not exist";
		}
		String message = (ex instanceof FileSystemException failed) ? failed.getReason() : ex.getMessage();
		return (message != null) ? message : ex.toString();
	}

	/**
	 * Returns where the lock file is.
	 * @return the absolute path; symbolic links above the file are resolved as they were
	 * when the lock was acquired
	 */
	public Path path() {
		return this.path;
	}

	/**
	 * Returns what this lock recorded. Do not read the file for it: closing the file
	 * would drop the lock.
	 * @return the content; empty if the template is
	 */
	public String content() {
		return this.content;
	}

	/**
	 * Returns when the lock was acquired. It does not change when the lock is restored.
	 * @return the time, by the clock of the host
	 */
	public Instant acquiredAt() {
		return this.acquiredAt;
	}

	/**
	 * Looks whether the lock is still held and the path still names its file, and repairs
	 * what it safely can: a lock that other code in this JVM made the kernel drop, a file
	 * that is missing, replaced or overwritten. A file not changed for an hour is
	 * touched, so that cleaners of temporary files leave it alone. Between two
	 * verifications a lock may be gone unnoticed.
	 * <p>
	 * Never throws for what it finds. It may be called by any thread, interrupted or not.
	 * It waits as long as the file system does.
	 * @return what was found
	 */
	public synchronized Verification verify() {
		if (this.last != null) {
			return this.last;
		}
		try {
			return lookAndRepair();
		}
		catch (LockFileHeldException ex) {
			return lose("Another file is in its place and is held by " + ex.holder());
		}
		catch (LockFileUnavailableException ex) {
			return result(Status.UNVERIFIED, ex.reason());
		}
		catch (IOException ex) {
			return result(Status.UNVERIFIED, reason(this.requestedPath, ex));
		}
	}

	private Verification lookAndRepair() throws IOException {
		BasicFileAttributes found = GuardedFile.look(this.requestedPath);
		if (found == null || !this.file.isNamedBy(found)) {
			GuardedFile old = this.file;
			canonicalPath(this.requestedPath);
			this.file = Acquisition.acquire(this.requestedPath, this.content);
			old.release();
			return result(Status.RESTORED, (found == null) ? "The file was missing and has been created again"
					: "Another file was in its place and has been locked");
		}
		if (!this.file.reassert()) {
			return lose("Another holder has taken the lock");
		}
		return this.file.restoreContent(found)
				? result(Status.RESTORED, "The file had been changed and its content has been written again")
				: result(Status.HELD, "");
	}

	private Verification lose(String reason) {
		end(result(Status.LOST, reason));
		return Objects.requireNonNull(this.last);
	}

	private static Verification result(Status status, String reason) {
		return new Verification(status, reason, Instant.now());
	}

	private void end(Verification last) {
		this.last = last;
		this.file.release();
		this.claim.release();
		HELD.remove(this);
	}

	/**
	 * Releases the lock. The file and its content stay. A lock that is released or lost
	 * already is left as it is.
	 */
	@Override
	public synchronized void close() {
		if (this.last == null) {
			end(result(Status.RELEASED, ""));
		}
	}

	/**
	 * Returns the path, for logs.
	 * @return the path
	 */
	@Override
	public String toString() {
		return "LockFile '" + this.path + "'";
	}

}
