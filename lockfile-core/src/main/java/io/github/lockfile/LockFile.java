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
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;

import io.github.lockfile.LockBackend.Finding;
import io.github.lockfile.LockBackend.Held;
import io.github.lockfile.LockBackend.OpenFile;
import io.github.lockfile.LockBackend.Outcome;
import io.github.lockfile.LockBackend.Refused;
import io.github.lockfile.LockBackend.Unusable;
import io.github.lockfile.LockPath.Kind;
import io.github.lockfile.LockPath.Look;
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
 * the process, however that ends: a file that merely exists blocks nobody who may write
 * to it, and no process ID in it is ever consulted. The file stays after release, with
 * its content.
 * <p>
 * <b>Limits.</b> Only programs that use this class, or lock the whole file in the same
 * way, are kept out. Network file systems keep the promise only as far as their locks do.
 * On Unix, other code in this JVM that opens and closes the file silently drops the lock
 * (see {@code fcntl(2)}, "Record locks"), and {@code flock(2)} does not respect it,
 * unless it is a {@linkplain NativeLocking native} one; {@link #verify()} takes it back.
 * The lock is on the file that the path names: if somebody deletes or replaces that file,
 * a second holder is possible until {@link #verify()}.
 * <p>
 * Instances are safe for use by several threads. A lock is held until {@link #close()}
 * even if nothing refers to it any more.
 *
 * @since 0.1.0
 */
public final class LockFile implements AutoCloseable {

	private static final ContentTemplate PID = ContentTemplate.of("{pid}");

	/**
	 * Including the time that an attempt takes, attempts are at most 50 ms apart.
	 */
	private static final long MAX_PAUSE_NANOS = 49_000_000;

	private static final long MIN_PAUSE_NANOS = 1_000_000;

	private static final int MAX_LOOKS = 3;

	private static final int MAX_MOVES = 100;

	private final LockBackend backend;

	private final LockPath path;

	private final LockRecord record;

	private final Instant acquiredAt;

	/**
	 * Written inside the monitor only.
	 */
	private volatile Held held;

	/**
	 * Whether nothing is held after an I/O error, until a verification takes it again.
	 */
	private boolean broken;

	/**
	 * How it ended.
	 */
	private @Nullable Verification last;

	private boolean released;

	/**
	 * Written inside the monitor only.
	 */
	private volatile int verifications;

	private LockFile(LockBackend backend, LockPath path, LockRecord record, Instant acquiredAt, Held held) {
		this.backend = backend;
		this.path = path;
		this.record = record;
		this.acquiredAt = acquiredAt;
		this.held = held;
		JvmMonitor.hold(path.toPath(), this);
		JvmMonitor.hold(held.look().key(), this);
	}

	/**
	 * Acquires a lock file in one attempt and records the process ID in it.
	 * @param path as in {@link #acquire(Path, ContentTemplate, Duration)}
	 * @return the lock
	 * @throws LockFileHeldException if somebody else holds the lock
	 * @throws LockFileUnavailableException if the path cannot be used
	 */
	public static LockFile acquire(Path path) {
		return acquire(path, PID);
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
	 * longer than 8,190 bytes; no file has been touched then
	 * @throws LockFileHeldException if somebody else holds the lock still
	 * @throws LockFileUnavailableException if the path cannot be used, whatever the time
	 */
	public static LockFile acquire(Path path, ContentTemplate template, Duration timeout) {
		return acquire(path, template, timeout, NativeLocking.AUTO);
	}

	/**
	 * Acquires a lock file as {@link #acquire(Path, ContentTemplate, Duration)} does,
	 * with a say in whether the lock is a native one.
	 * @param path the lock file
	 * @param template what to record in the file
	 * @param timeout how long to wait; zero for one attempt
	 * @param locking whether to take a native lock
	 * @return the lock
	 * @throws IllegalArgumentException if the timeout is negative or the content is
	 * longer than 8,190 bytes; no file has been touched then
	 * @throws LockFileHeldException if somebody else holds the lock still
	 * @throws LockFileUnavailableException if the path cannot be used, whatever the time,
	 * or if a native lock is required but not available
	 */
	public static LockFile acquire(Path path, ContentTemplate template, Duration timeout, NativeLocking locking) {
		Objects.requireNonNull(path, "path");
		Objects.requireNonNull(template, "template");
		Objects.requireNonNull(locking, "locking");
		if (timeout.isNegative()) {
			throw new IllegalArgumentException("Timeout %s is negative; use zero for one attempt".formatted(timeout));
		}
		LockPath lockPath = new LockPath(path);
		String malformed = lockPath.malformed();
		if (!malformed.isEmpty()) {
			throw new LockFileUnavailableException(lockPath.toPath(), new Unusable(malformed, false, null));
		}
		String obstacle = (locking == NativeLocking.OFF) ? "native locks are turned off" : NativeLocking.obstacle();
		if (!obstacle.isEmpty() && locking == NativeLocking.REQUIRED) {
			throw new LockFileUnavailableException(lockPath.toPath(), Unusable.withoutNativeLock(obstacle, false));
		}
		return acquire(obstacle.isEmpty() ? NativeBackend.create(locking == NativeLocking.REQUIRED)
				: new ChannelBackend(obstacle), lockPath, template, timeout);
	}

	static LockFile acquire(LockBackend backend, LockPath path, ContentTemplate template, Duration timeout) {
		long start = System.nanoTime();
		long pause = MIN_PAUSE_NANOS;
		while (true) {
			Instant now = Instant.now();
			LockRecord record = new LockRecord(template.render(now));
			Outcome outcome;
			synchronized (JvmMonitor.MONITOR) {
				outcome = backend.attempt(path, record, null, null);
				if (outcome instanceof Held held) {
					return new LockFile(backend, path, record, now, held);
				}
			}
			Duration remaining = timeout.minusNanos(System.nanoTime() - start);
			if (remaining.isNegative() || remaining.isZero() || Thread.currentThread().isInterrupted()
					|| (outcome instanceof Unusable unusable && !unusable.passing())) {
				throw failure(path, outcome);
			}
			LockSupport.parkNanos((remaining.compareTo(Duration.ofNanos(pause)) < 0) ? remaining.toNanos() : pause);
			pause = Math.min(pause * 2, MAX_PAUSE_NANOS);
		}
	}

	private static LockFileException failure(LockPath path, Outcome outcome) {
		return (outcome instanceof Refused refused) ? new LockFileHeldException(path.toPath(), refused)
				: new LockFileUnavailableException(path.toPath(), (Unusable) outcome);
	}

	/**
	 * Returns where the lock file is.
	 * @return the path as it was asked for, made absolute; links in it are not resolved
	 */
	public Path path() {
		return this.path.toPath();
	}

	/**
	 * Returns what this lock recorded. Do not read the file instead: closing it would
	 * drop a lock that is not {@linkplain #isNative() native}.
	 * @return the content; empty if the template is
	 */
	public String content() {
		return this.record.content();
	}

	/**
	 * Returns when the lock was acquired. It does not change when the lock is restored.
	 * @return the time, by the clock of the host
	 */
	public Instant acquiredAt() {
		return this.acquiredAt;
	}

	/**
	 * Returns whether the lock is a native one, which nothing but {@link #close()} and
	 * the end of the process drops, and which {@code flock(2)} respects.
	 * @return {@code true} if it is
	 * @see #whyNotNative()
	 */
	public boolean isNative() {
		return whyNotNative().isEmpty();
	}

	/**
	 * Returns why the lock is not a native one.
	 * @return the reason, as a clause that can follow "because"; empty if the lock is
	 * native
	 */
	public String whyNotNative() {
		return this.held.file.whyNotNative();
	}

	/**
	 * Checks that the lock is still held and that the path still names its file, and
	 * repairs what it safely can: a lock that the kernel dropped because of other code in
	 * this JVM, a file that is missing, replaced or overwritten. A file not changed for
	 * an hour is touched, so that cleaners of temporary files leave it alone. Between two
	 * verifications a lock may be gone unnoticed.
	 * <p>
	 * Never throws for what it finds. It may be called by any thread, interrupted or not.
	 * It blocks as long as the file system does, and waits up to 0.3 s for others that
	 * have the lock.
	 * @return what was found
	 */
	public Verification verify() {
		for (int looks = 1; true; looks++) {
			int before = this.verifications;
			Look found = null;
			IOException failure = null;
			try {
				// If the file system hangs, it must hang here and not inside the monitor.
				found = this.held.file.look(this.path);
			}
			catch (IOException ex) {
				failure = ex;
			}
			long entered = System.nanoTime();
			synchronized (JvmMonitor.MONITOR) {
				if (this.last != null) {
					return this.last;
				}
				boolean outdated = before != this.verifications
						|| System.nanoTime() - entered > LockBackend.PATIENCE_NANOS;
				if (outdated && looks < MAX_LOOKS) {
					continue;
				}
				try {
					return conclude((failure != null) ? doubt(failure) : inspect(outdated ? null : found));
				}
				finally {
					// Last, so that a look that others took meanwhile is outdated, too.
					this.verifications++;
				}
			}
		}
	}

	private Finding inspect(@Nullable Look look) {
		Look before = this.held.look();
		Look found;
		try {
			found = (look != null) ? look : this.held.file.look(this.path);
		}
		catch (IOException ex) {
			return doubt(ex);
		}
		if (this.broken) {
			return takeAgain("The lock", "The lock could not be kept after an I/O error and has been taken again");
		}
		if (!before.isSameFile(found)) {
			return takeAgain("Another file in its place",
					(found.kind() == Kind.NOTHING) ? "The file was missing and has been created again"
							: "Another file was in its place and has been locked");
		}
		try {
			Finding finding = this.held.verify(found);
			if (finding != Finding.UNPROVEN) {
				return finding;
			}
			// Or the attempt would find us to be the holder of the file at the path.
			JvmMonitor.release(before.key(), this);
			finding = takeAgain("Another file in its place", "Another file was in its place and has been locked");
			JvmMonitor.hold(this.held.look().key(), this);
			return finding;
		}
		catch (IOException ex) {
			this.broken = true;
			this.held.file.close();
			JvmMonitor.release(before.key(), this);
			return takeAgain("The lock", "The file could no longer be used (" + this.path.unusable(ex).reason()
					+ ") and has been locked again");
		}
	}

	/**
	 * Locks what the path names now, and only then lets go of the previous file.
	 * @param what what somebody else may hold, for the verdict
	 * @param how what to say if it succeeds
	 */
	private Finding takeAgain(String what, String how) {
		Held before = this.held;
		boolean forgotten = JvmMonitor.holder(before.look().key()) != this;
		long start = System.nanoTime();
		for (int moves = 0; moves < MAX_MOVES; moves++) {
			Outcome outcome = this.backend.attempt(this.path, this.record, this, before.look());
			if (outcome instanceof Held now) {
				JvmMonitor.release(before.look().key(), this);
				JvmMonitor.hold(now.look().key(), this);
				this.held = now;
				this.broken = false;
				before.file.close();
				return new Finding(Status.RESTORED, how + now.note);
			}
			if (outcome instanceof Unusable unusable) {
				return Finding.doubt(unusable.reason());
			}
			Refused refused = (Refused) outcome;
			if (refused.holder() == this) {
				if (forgotten) {
					before.prove();
					return Finding.HELD;
				}
				return Finding.MOVED;
			}
			if (refused.isByThisJvm() || System.nanoTime() - start > LockBackend.PATIENCE_NANOS) {
				return verdict(what, refused);
			}
			LockSupport.parkNanos(MIN_PAUSE_NANOS);
		}
		return Finding.MOVED;
	}

	private static Finding verdict(String what, Refused refused) {
		return switch (refused.taker()) {
			case TAKER -> Finding.doubt(what + " is being taken by another process");
			case FLOCK -> Finding.doubt(what + " is held by " + LockFileHeldException.holder(refused));
			case OTHER_PROGRAM -> Finding.doubt("Another program has locked the first byte of the file in its place");
			default -> new Finding(Status.LOST, what + " is held by " + LockFileHeldException.holder(refused));
		};
	}

	private Finding doubt(IOException failure) {
		return Finding.doubt(this.path.unusable(failure).reason());
	}

	private Verification conclude(Finding finding) {
		Verification verification = new Verification(finding.status, LockRecord.clean(finding.reason), Instant.now());
		if (finding.status == Status.LOST) {
			this.last = verification;
			release();
		}
		return verification;
	}

	boolean hasOpen(OpenFile file) {
		return !this.broken && this.held.file.isSameFile(file);
	}

	/**
	 * Releases the lock. The file and its content stay. A lock that is released or lost
	 * already is left as it is.
	 */
	@Override
	public void close() {
		synchronized (JvmMonitor.MONITOR) {
			if (this.last == null) {
				this.last = new Verification(Status.RELEASED, "", Instant.now());
			}
			// Once more, if a StackOverflowError interrupted the last time.
			if (!this.released) {
				release();
			}
		}
	}

	private void release() {
		this.held.file.close();
		JvmMonitor.release(this.held.look().key(), this);
		JvmMonitor.release(this.path.toPath(), this);
		JvmMonitor.sweep(null);
		this.released = true;
	}

	/**
	 * Returns the path, for logs.
	 * @return the path
	 */
	@Override
	public String toString() {
		return "LockFile '" + LockRecord.clean(this.path.toPath().toString()) + "'";
	}

}
