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

package io.github.lockfile.spring.boot.cluster;

import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

import io.github.lockfile.spring.boot.watch.ClusterLockEvent.State;
import org.jspecify.annotations.Nullable;

/**
 * Tells whether the holder may still work. It is right at any moment, even if no thread
 * of ours has run since the last renewal: the state is computed when it is asked for.
 */
final class LeaseClock {

	/**
	 * What is left of a lease, at least, for a process to end. The JVM itself waits for
	 * its threads that are in native code, 30 times 10 ms, whatever ends it; that took
	 * 800 ms on a machine with 13 times as much to do as it has processors.
	 */
	private static final long SHORTEST_END = TimeUnit.MILLISECONDS.toNanos(1500);

	/**
	 * PostgreSQL 14 and older may need 10 seconds for an answer.
	 */
	private static final Duration LONGEST_PATIENCE = Duration.ofSeconds(30);

	private final long lease;

	/**
	 * For how long a question may be without an answer. A driver that has waited for its
	 * time closes the connection, and tells us only then. If the heap is full, another
	 * instance can have the lock long before we hear of it.
	 */
	private final long maxSilence;

	private final LongSupplier nanoTime;

	/**
	 * When the last good request was sent. The time of its answer would be too late: the
	 * engine may count the lease from the receipt of the request.
	 */
	private volatile long asked;

	private volatile boolean asking;

	/**
	 * Since when a question is without an answer, if there is one.
	 */
	private volatile long askingSince;

	private Instant heldSince = Instant.now();

	private boolean retaken;

	private volatile @Nullable String broken;

	private @Nullable String unanswered;

	private Instant brokenAt = Instant.EPOCH;

	private volatile @Nullable Snapshot end;

	private long ticked;

	/**
	 * Until when a process that overslept its deadline may still ask.
	 */
	private long grace;

	/**
	 * Whether a pause excuses a missed deadline. It does so for one that was held when it
	 * was paused, and once. One that was fenced before has asked in vain already, and may
	 * only be short of processor time: more of it would end after the lease.
	 */
	private boolean excused = true;

	LeaseClock(Duration lease, LongSupplier nanoTime, long asked) {
		this.lease = lease.toNanos();
		this.maxSilence = patience(lease).toNanos() / 10 * 9;
		this.nanoTime = nanoTime;
		this.asked = asked;
		this.grace = asked;
		this.ticked = nanoTime.getAsLong();
	}

	/**
	 * Returns how long a session waits for each answer.
	 * @param lease the lease
	 * @return the time
	 */
	static Duration patience(Duration lease) {
		return Collections.min(List.of(lease.dividedBy(6), LONGEST_PATIENCE));
	}

	/**
	 * The session is asked something now.
	 */
	void asking() {
		this.askingSince = this.nanoTime.getAsLong();
		this.asking = true;
	}

	/**
	 * The session has answered.
	 */
	void answered() {
		this.asking = false;
	}

	/**
	 * The session has the lock.
	 * @param asked when the request was sent to which it said so
	 */
	synchronized void renewed(long asked) {
		this.retaken = false;
		renew(asked);
	}

	/**
	 * A new session has the lock.
	 * @param asked when the request was sent that took it
	 */
	synchronized void retaken(long asked) {
		this.retaken = true;
		this.heldSince = Instant.now();
		renew(asked);
		this.asking = false;
		// Last: isHeld() must not see the old time without the reason to doubt it.
		this.broken = null;
	}

	private void renew(long asked) {
		this.unanswered = null;
		this.asked = asked;
		if (age() < deadline()) {
			// An answer to a question from before a pause of the process proves nothing
			// about now. It must not take the time away in which to ask again.
			this.excused = true;
			this.grace = asked;
		}
	}

	/**
	 * The session could not say whether it has the lock.
	 * @param reason what happened
	 */
	synchronized void unanswered(String reason) {
		this.unanswered = reason;
	}

	/**
	 * There is no session, or it does not have the lock, so another may have it now.
	 * @param reason what happened
	 */
	synchronized void broken(String reason) {
		boolean news = this.broken == null;
		// First: with a full heap, the time cannot be had.
		this.broken = reason;
		if (news) {
			this.brokenAt = Instant.now();
		}
	}

	synchronized void lost(HolderInfo holder) {
		end(new Snapshot(State.LOST, "another instance has it: " + holder.description(), Instant.now()));
	}

	synchronized void released() {
		end(new Snapshot(State.RELEASED, "it was released", Instant.now()));
	}

	private void end(Snapshot end) {
		if (this.end == null) {
			this.end = end;
		}
	}

	boolean isOver() {
		return this.end != null;
	}

	/**
	 * Returns whether the holder may work. It can be asked at any time: it takes no
	 * monitor and allocates nothing.
	 */
	boolean isHeld() {
		return this.end == null && isHeld(age());
	}

	private boolean isHeld(long age) {
		return this.broken == null && age < fence() && silentFor() < this.maxSilence;
	}

	private long silentFor() {
		return this.asking ? this.nanoTime.getAsLong() - this.askingSince : 0;
	}

	synchronized Snapshot snapshot() {
		return snapshot(age());
	}

	private Snapshot snapshot(long age) {
		if (this.end != null) {
			return this.end;
		}
		if (this.broken != null) {
			return new Snapshot(State.FENCED, this.broken, this.brokenAt);
		}
		long silent = silentFor();
		long overdue = Math.max(age - fence(), silent - this.maxSilence);
		if (overdue >= 0) {
			return new Snapshot(State.FENCED,
					"the database has not answered for %d s%s".formatted(
							((age >= fence()) ? age : silent) / 1_000_000_000,
							(this.unanswered != null) ? ", but said: " + this.unanswered : ""),
					Instant.now().minusNanos(overdue));
		}
		return new Snapshot(this.retaken ? State.RESTORED : State.HELD, "", this.heldSince);
	}

	/**
	 * Checks the deadline. To be called often, so that a pause of the process is noticed.
	 * @return whether it is fenced and its time to ask is over, so that a process that
	 * must not outlive its lease has to end now
	 */
	synchronized boolean tick() {
		// Read once, or a pause before a second reading would pass for a deadline.
		long now = this.nanoTime.getAsLong();
		long age = now - this.asked;
		boolean overslept = now - this.ticked > this.lease / 12;
		this.ticked = now;
		boolean due = this.end == null && !isHeld(age) && age >= deadline();
		if (due && overslept && this.excused) {
			// A process that was stopped may well have the lock still: it must ask before
			// it ends itself. Once per renewal, or one that is paused again and again
			// would never end. If there still is time to end before the lease does, that
			// is kept.
			long left = this.lease - age;
			this.grace = now
					+ ((left > 0) ? Math.min(this.lease / 6, Math.max(0, left - SHORTEST_END)) : this.lease / 6);
		}
		this.excused = this.excused && isHeld(age);
		return due && now - this.grace >= 0;
	}

	/**
	 * Whether others may have taken the lock and lost it again, so that this one is no
	 * better than any other that wants it.
	 * @return whether the lease is over
	 */
	synchronized boolean isLeaseOver() {
		return age() >= this.lease;
	}

	long leftNanos() {
		return Math.max(0, this.lease - age());
	}

	private long age() {
		return this.nanoTime.getAsLong() - this.asked;
	}

	private long fence() {
		return this.lease / 3 * 2;
	}

	private long deadline() {
		return Math.min(this.lease / 6 * 5, this.lease - SHORTEST_END);
	}

	/**
	 * The lock at one moment.
	 *
	 * @param state the state of the lock
	 * @param reason why, for people; empty if all is well
	 * @param since since when
	 */
	record Snapshot(State state, String reason, Instant since) {
	}

}
