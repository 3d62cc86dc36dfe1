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

import io.github.lockfile.Look.Kind;
import io.github.lockfile.Outcome.Acquired;
import io.github.lockfile.Outcome.Refused;
import io.github.lockfile.Outcome.Unusable;
import io.github.lockfile.Verdict.Locks;
import io.github.lockfile.Verdict.Repair;
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

	/**
	 * {@code acquire}, {@code verify} and {@code close} try out that much stack, and
	 * throw {@link StackOverflowError} before they have touched anything: a call of the
	 * JDK that runs out of stack halfway can leave a lock that nobody knows of.
	 */
	private static final int STACK_FRAMES = 128;

	private final LockPath path;

	private final LockRecord record;

	private final NativeLocking locking;

	private final Instant acquiredAt;

	/**
	 * Written inside the monitor only.
	 */
	private volatile HeldFile held;

	/**
	 * What was held before, until it is closed.
	 */
	private @Nullable HeldFile previous;

	/**
	 * What each verification returns once the lock is lost or released; null before.
	 */
	private @Nullable Verification end;

	/**
	 * Written inside the monitor only.
	 */
	private volatile int verifications;

	/**
	 * Makes a lock that has no file yet: once the lock is taken, there might be no memory
	 * left for it.
	 */
	@SuppressWarnings("NullAway.Init")
	private LockFile(LockPath path, LockRecord record, NativeLocking locking, Instant acquiredAt) {
		this.path = path;
		this.record = record;
		this.locking = locking;
		this.acquiredAt = acquiredAt;
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
	 * space and one newline, in UTF-8, over what the previous holder left.
	 * <p>
	 * Waiting is a series of attempts, at most 50 ms apart, in no fair order. After an
	 * interrupt there is one more attempt, which ends as if the time were over; the
	 * thread stays interrupted. An attempt itself is not disturbed by interrupts.
	 * @param path the lock file: a regular file of at most 8 KiB, or nothing yet; on the
	 * default file system. It may not be a symbolic link, the directories above may
	 * @param template what to record in the file
	 * @param timeout how long to wait; zero for one attempt
	 * @return the lock
	 * @throws IllegalArgumentException if the timeout is negative or the content is
	 * longer than 8,190 bytes; no file has been touched then
	 * @throws LockFileHeldException if somebody else holds the lock at the last attempt
	 * @throws LockFileUnavailableException if the path can never be used, or not at the
	 * last attempt
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
	 * @throws LockFileHeldException if somebody else holds the lock at the last attempt
	 * @throws LockFileUnavailableException if the path can never be used, or not at the
	 * last attempt, or if a native lock is required but not available
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
			throw unavailable(lockPath, Obstacle.lasting(malformed));
		}
		if (locking == NativeLocking.REQUIRED && !NativeLocking.obstacle().isEmpty()) {
			throw unavailable(lockPath, Obstacle.nativeLockMissing(NativeLocking.obstacle()));
		}
		requireStack(STACK_FRAMES);
		long start = System.nanoTime();
		long pause = MIN_PAUSE_NANOS;
		while (true) {
			Duration remaining = timeout.minusNanos(System.nanoTime() - start);
			boolean last = remaining.isNegative() || remaining.isZero() || Thread.currentThread().isInterrupted();
			Instant now = Instant.now();
			Outcome outcome;
			try {
				LocalSystem.requireDescriptors();
				LockRecord record = new LockRecord(template.render(now));
				LockFile lock = new LockFile(lockPath, record, locking, now);
				synchronized (JvmLocks.MONITOR) {
					outcome = new Attempt(lockPath, record, locking, null, last).make();
					if (outcome instanceof Acquired acquired) {
						lock.held = acquired.file();
						return lock;
					}
				}
			}
			catch (IOException ex) {
				outcome = new Unusable(Obstacle.of(lockPath, ex));
			}
			if (last || (outcome instanceof Unusable unusable && !unusable.obstacle().passing())) {
				throw failure(lockPath, outcome);
			}
			remaining = timeout.minusNanos(System.nanoTime() - start);
			LockSupport.parkNanos(
					(remaining.compareTo(Duration.ofNanos(pause)) < 0) ? Math.max(0, remaining.toNanos()) : pause);
			pause = Math.min(pause * 2, MAX_PAUSE_NANOS);
		}
	}

	private static LockFileException failure(LockPath path, Outcome outcome) {
		if (outcome instanceof Unusable unusable) {
			return unavailable(path, unusable.obstacle());
		}
		Refused refused = (Refused) outcome;
		return new LockFileHeldException(path.toPath(),
				((refused.locks() == Locks.FIRST_BUSY) ? "is held or being taken by " : "is held by ")
						+ refused.holder(),
				refused.content(), refused.byThisJvm(), (refused.locks() == Locks.FLOCK_BUSY) ? refused.process() : "");
	}

	private static LockFileException unavailable(LockPath path, Obstacle obstacle) {
		return new LockFileUnavailableException(path.toPath(), obstacle.reason(), obstacle.passing(),
				obstacle.nativeLockMissing(), obstacle.cause());
	}

	private static int requireStack(int frames) {
		return (frames == 0) ? 0 : 1 + requireStack(frames - 1);
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
		return this.held.whyNotNative();
	}

	/**
	 * Checks that the lock is still held and that the path still names its file, and
	 * repairs what it safely can: a lock that the kernel dropped because of other code in
	 * this JVM, a file that is missing, replaced or overwritten. A file that nobody has
	 * changed, or nobody has read, for an hour is touched at most once an hour, so that
	 * cleaners of temporary files leave it alone. Between two verifications a lock may be
	 * gone unnoticed.
	 * <p>
	 * Never throws for what it finds. It may be called by any thread, interrupted or not.
	 * It blocks as long as the file system does, and waits up to 0.3 s for others that
	 * have the lock.
	 * @return what was found
	 */
	public Verification verify() {
		requireStack(STACK_FRAMES);
		for (int looks = 1; true; looks++) {
			int before = this.verifications;
			Look found = null;
			IOException failure = null;
			try {
				// If the file system hangs, it must hang here and not inside the monitor.
				found = this.path.lookInFull();
			}
			catch (IOException ex) {
				failure = ex;
			}
			long entered = System.nanoTime();
			synchronized (JvmLocks.MONITOR) {
				if (this.end != null) {
					return this.end;
				}
				boolean outdated = before != this.verifications
						|| System.nanoTime() - entered > OpenFile.PATIENCE_NANOS;
				if (outdated && looks < MAX_LOOKS) {
					continue;
				}
				try {
					closePrevious();
					return conclude(outdated ? inspect()
							: (found != null) ? inspect(found) : inspect(Objects.requireNonNull(failure)));
				}
				finally {
					// Last, so that a look that others took meanwhile is outdated, too.
					this.verifications++;
				}
			}
		}
	}

	private Verdict inspect() {
		try {
			return inspect(this.path.lookInFull());
		}
		catch (IOException ex) {
			return inspect(ex);
		}
	}

	private Verdict inspect(Look found) {
		if (this.held.isClosed()) {
			return takeAgain(Repair.REOPENED);
		}
		boolean same;
		try {
			same = this.held.isAt(found);
		}
		catch (IOException ex) {
			return inspect(ex);
		}
		if (!same) {
			return takeAgain((found.kind() == Kind.NOTHING) ? Repair.MISSING : Repair.REPLACED);
		}
		try {
			return this.held.verify(found);
		}
		catch (IOException ex) {
			return reopen();
		}
	}

	/**
	 * Verifies the lock alone, since the path cannot be looked at.
	 */
	private Verdict inspect(IOException failure) {
		String reason = Obstacle.of(this.path, failure).reason();
		if (this.held.isClosed()) {
			return Verdict.doubt(reason);
		}
		try {
			Verdict verdict = this.held.verifyLocks();
			return (verdict.status() == Status.HELD) ? Verdict.doubt(reason) : verdict;
		}
		catch (IOException ex) {
			return reopen();
		}
	}

	private Verdict reopen() {
		this.held.close();
		return takeAgain(Repair.REOPENED);
	}

	/**
	 * Locks what the path names now, and only then lets go of the previous file.
	 */
	private Verdict takeAgain(Repair repair) {
		Outcome outcome = new Attempt(this.path, this.record, this.locking, this.held, true).make();
		if (outcome instanceof Refused) {
			// To be lost is final, and the path may have named that file only for a
			// moment: attempt it once more.
			outcome = new Attempt(this.path, this.record, this.locking, this.held, true).make();
		}
		if (outcome instanceof Acquired acquired) {
			this.previous = this.held;
			this.held = acquired.file();
			closePrevious();
			return acquired.doubt().isEmpty() ? Verdict.of(Locks.OURS, repair, "").withNote(acquired.note())
					: Verdict.doubt(acquired.doubt());
		}
		if (outcome instanceof Refused refused) {
			return Verdict.of(refused.locks(), repair, refused.holder());
		}
		return Verdict.doubt((outcome instanceof Unusable unusable) ? unusable.obstacle().reason()
				: "Another program keeps moving the file");
	}

	/**
	 * What an error cuts short is done by the next verification, or by close.
	 */
	private void closePrevious() {
		if (this.previous != null) {
			this.previous.close();
			this.previous = null;
		}
	}

	private Verification conclude(Verdict verdict) {
		Verification verification = new Verification(verdict.status(), LockRecord.clean(verdict.reason()),
				Instant.now());
		if (verdict.status() == Status.LOST) {
			this.end = verification;
			this.held.close();
		}
		return verification;
	}

	/**
	 * Releases the lock. The file and its content stay. A lock that is released or lost
	 * already is left as it is.
	 */
	@Override
	public void close() {
		requireStack(STACK_FRAMES);
		synchronized (JvmLocks.MONITOR) {
			if (this.end == null) {
				this.end = new Verification(Status.RELEASED, "", Instant.now());
			}
			this.held.close();
			closePrevious();
		}
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
