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

package io.github.lockfile.spring.boot.startup;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

import io.github.lockfile.LockFile;
import io.github.lockfile.Verification;
import io.github.lockfile.Verification.Status;
import io.github.lockfile.spring.boot.cluster.ClusterLock;
import io.github.lockfile.spring.boot.task.EndlessTask;
import io.github.lockfile.spring.boot.watch.LockFileDoubtEvent;
import io.github.lockfile.spring.boot.watch.LockFileLostEvent;
import io.github.lockfile.spring.boot.watch.LockFileRestoredEvent;
import io.github.lockfile.spring.boot.watch.LockFileWatch;
import io.github.lockfile.spring.boot.watch.LockState;
import org.jspecify.annotations.Nullable;

import org.springframework.context.ConfigurableApplicationContext;

/**
 * The thread that verifies the lock file at an interval and tells the application what it
 * finds, and what is known of the locks because of it. It runs from the moment the lock
 * is taken, before the first bean, until the lock is released or lost. Stopping the
 * context does not stop it, since the lock is still held then.
 */
final class LockVerifier implements LockFileWatch {

	private static final int OVERDUE_INTERVALS = 3;

	/**
	 * With a short interval, a pause of the machine must not turn health down.
	 */
	private static final long OVERDUE_AT_LEAST = TimeUnit.SECONDS.toNanos(30);

	private final LockFile lock;

	private final ConfigurableApplicationContext context;

	private final ApplicationEvents events;

	private final WatchLog log;

	private final LockLoss loss;

	private final String name;

	private final boolean verifies;

	private final long overdueAfter;

	private final LongSupplier nanoTime;

	private final EndlessTask task;

	private final Runnable trace = this::trace;

	/**
	 * Whether the log has been asked for a trace, and has not come to it yet.
	 */
	private volatile boolean tracing;

	private volatile Seen seen;

	/**
	 * The cluster lock, if there is one, too. No method has its type: Spring would load
	 * that in applications that do not use it.
	 */
	volatile @Nullable ClusterLock cluster;

	LockVerifier(LockFile lock, Duration interval, ConfigurableApplicationContext context, ApplicationEvents events,
			WatchLog log, LockLoss loss, LongSupplier nanoTime) {
		this.lock = lock;
		this.context = context;
		this.events = events;
		this.log = log;
		this.loss = loss;
		this.name = "Lock file '%s'".formatted(lock.path());
		Verification acquired = new Verification(Status.HELD, "", lock.acquiredAt());
		Verification lost = new Verification(Status.LOST, "Another process has the lock", acquired.verifiedAt());
		loss.prepare(lossEvent(lost), lossMessage(lost));
		this.verifies = !interval.isZero();
		long nanos = TimeUnit.NANOSECONDS.convert(interval);
		this.overdueAfter = Math.max(OVERDUE_AT_LEAST,
				(nanos > Long.MAX_VALUE / OVERDUE_INTERVALS) ? Long.MAX_VALUE : nanos * OVERDUE_INTERVALS);
		this.nanoTime = nanoTime;
		this.seen = new Seen(acquired, 0, null, nanoTime.getAsLong());
		String unverified = this.name + " could not be verified. " + Runbook.UNWATCHED;
		this.task = new EndlessTask("lockfile-watch", interval, this::verify, (ex) -> log.error(unverified, ex));
	}

	void start() {
		if (this.verifies) {
			this.task.start();
		}
	}

	/**
	 * Verifies the lock now, without waiting for the result if there is a thread to do
	 * so.
	 */
	void verifyNow() {
		if (this.verifies) {
			this.task.hurry();
		}
		else if (this.task.isRunning()) {
			verify();
		}
	}

	/**
	 * Ends the thread. From now on the lock is not held.
	 */
	synchronized void released() {
		this.task.end();
		this.seen = this.seen.released(this.nanoTime.getAsLong());
	}

	void awaitEnd(Duration patience) throws InterruptedException {
		if (this.verifies) {
			this.task.awaitEnd(patience);
		}
	}

	@Override
	public boolean isHeld() {
		ClusterLock cluster = this.cluster;
		return isLockFileHeld(this.seen) && (cluster == null || cluster.isHeld());
	}

	private boolean isLockFileHeld(Seen seen) {
		return seen.mayBeHeld() && !isOverdue(seen);
	}

	private boolean isOverdue(Seen seen) {
		return this.verifies && seen.mayBeHeld() && this.nanoTime.getAsLong() - seen.at > this.overdueAfter;
	}

	@Override
	public LockState state() {
		Seen seen = this.seen;
		ClusterLock cluster = this.cluster;
		boolean overdue = isOverdue(seen);
		Verification verification = !overdue ? seen.verification
				: new Verification(Status.UNVERIFIED,
						"Verification has not finished since " + seen.verification.verifiedAt(),
						seen.verification.verifiedAt());
		return new LockState(seen.mayBeHeld() && !overdue, verification, seen.repairs, seen.lastRepair,
				(cluster != null) ? cluster.state() : null);
	}

	void verify() {
		Seen before = this.seen;
		if (before.mayBeHeld() && !see(before, this.lock.verify())) {
			return;
		}
		// After a loss, this tells what an earlier round failed to tell.
		tell(before.verification, this.seen.verification);
	}

	private synchronized boolean see(Seen before, Verification found) {
		// A verification that was under way when the lock was released says nothing.
		boolean running = this.task.isRunning();
		if (running) {
			this.seen = before.next(found, this.nanoTime.getAsLong());
		}
		return running;
	}

	private void tell(Verification before, Verification found) {
		boolean same = found.status() == before.status() && found.reason().equals(before.reason());
		switch (found.status()) {
			case HELD -> {
				if (before.status() == Status.UNVERIFIED) {
					this.log.info(this.name + " is verified again");
				}
			}
			case RESTORED -> {
				this.log.warn(this.name + " has been repaired. " + sentence(found) + Runbook.REPAIRED, null);
				this.events
					.publish(new LockFileRestoredEvent(this.context, this.lock.path(), this.lock.content(), found));
			}
			case UNVERIFIED -> {
				if (!same) {
					this.log.warn(this.name + " cannot be verified: " + sentence(found) + Runbook.DOUBT, null);
					this.events
						.publish(new LockFileDoubtEvent(this.context, this.lock.path(), this.lock.content(), found));
				}
			}
			case LOST -> {
				if (lost(found)) {
					this.task.end();
				}
			}
			case RELEASED -> {
				this.task.end();
				this.log.warn(this.name + " has been released by the application itself: another instance may start. "
						+ Runbook.RELEASED, null);
			}
		}
		logResult(found, same);
	}

	/**
	 * Has a result logged, which takes no part in what is done because of it. One that
	 * says nothing new allocates nothing, and does not fill the queue of a log that
	 * hangs.
	 */
	private void logResult(Verification found, boolean same) {
		if (!same) {
			this.log.debug(() -> describe(found));
		}
		else if (!this.tracing) {
			this.tracing = true;
			if (!this.log.execute(this.trace)) {
				this.tracing = false;
			}
		}
	}

	private void trace() {
		this.tracing = false;
		this.log.traceNow(() -> describe(this.seen.verification));
	}

	private String describe(Verification found) {
		return "Verified lock file '%s': %s".formatted(this.lock.path(), found);
	}

	private boolean lost(Verification found) {
		LockFileLostEvent event = null;
		String message = null;
		try {
			event = lossEvent(found);
			message = lossMessage(found);
		}
		catch (RuntimeException | Error ex) {
			// What was made in advance says less, but says it.
		}
		return this.loss.act(event, message);
	}

	private String lossMessage(Verification found) {
		return this.name + " is lost: this is no longer the only instance. " + sentence(found) + Runbook.LOST;
	}

	private LockFileLostEvent lossEvent(Verification found) {
		return new LockFileLostEvent(this.context, this.lock.path(), this.lock.content(), found);
	}

	/**
	 * Returns the reason with a period, since another sentence follows.
	 */
	private static String sentence(Verification found) {
		return found.reason() + (found.reason().endsWith(".") ? " " : ". ");
	}

	/**
	 * What the verifications have seen until now.
	 *
	 * @param verification the last result
	 * @param repairs how many of them repaired the file
	 * @param lastRepair the last that did
	 * @param at when the last one ended
	 */
	private record Seen(Verification verification, long repairs, @Nullable Verification lastRepair, long at) {

		private boolean mayBeHeld() {
			Status status = this.verification.status();
			return status != Status.LOST && status != Status.RELEASED;
		}

		private Seen next(Verification found, long at) {
			return (found.status() == Status.RESTORED) ? new Seen(found, this.repairs + 1, found, at)
					: new Seen(found, this.repairs, this.lastRepair, at);
		}

		private Seen released(long at) {
			return new Seen(new Verification(Status.RELEASED, "", Instant.now()), this.repairs, this.lastRepair, at);
		}

	}

}
