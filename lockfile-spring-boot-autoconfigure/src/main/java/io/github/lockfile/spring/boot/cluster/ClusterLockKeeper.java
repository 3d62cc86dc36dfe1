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
import java.util.Collections;
import java.util.List;

import io.github.lockfile.spring.boot.cluster.LeaseClock.Snapshot;
import io.github.lockfile.spring.boot.task.EndlessTask;
import io.github.lockfile.spring.boot.watch.ClusterLockEvent.State;
import io.github.lockfile.spring.boot.watch.LockState;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the lock: asks the engine again and again, takes the lock back if the session
 * broke, and tells what becomes of it.
 */
final class ClusterLockKeeper {

	private static final Duration SLICE = Duration.ofMillis(200);

	/**
	 * How long another session of ours may take to end.
	 */
	private static final Duration PATIENCE = Duration.ofSeconds(1);

	/**
	 * The longest pause between logins if the lease is over and the server refuses us
	 * until somebody acts, as after a wrong password: servers lock accounts, and asking
	 * sooner gains nothing any more.
	 */
	private static final Duration LONGEST_IF_REFUSED = Duration.ofMinutes(1);

	private static final String BROKEN_OFF = "an error broke it off";

	private final ClusterSession.Factory sessions;

	private final String name;

	private final LeaseClock clock;

	private final Duration lease;

	private final ClusterLockListener listener;

	private final Ticker ticker;

	private final EarlierHolder earlier;

	private final Backoff backoff;

	private final EndlessTask renewals;

	/**
	 * Tells when the time is over. The renewals cannot: they may hang in a connect for
	 * longer than the lease.
	 */
	private final EndlessTask announcements;

	private volatile @Nullable ClusterSession session;

	private String identity;

	/**
	 * Whether a question was asked and not finished: if an error cut it short, its answer
	 * may still come and must not be taken for that to the next one.
	 */
	private boolean questionOpen;

	/**
	 * Whether the last question failed.
	 */
	private boolean unanswered;

	/**
	 * Whether the listener has been told of the deadline.
	 */
	private boolean warned;

	private final Object announcement = new Object();

	private State announced = State.HELD;

	private volatile boolean closing;

	ClusterLockKeeper(ClusterSession.Factory sessions, ClusterSession session, String name, LeaseClock clock,
			Duration lease, ClusterLockListener listener, Ticker ticker, EarlierHolder earlier) {
		this.sessions = sessions;
		this.session = session;
		this.identity = session.identity();
		this.name = name;
		this.clock = clock;
		this.lease = lease;
		this.listener = listener;
		this.ticker = ticker;
		this.earlier = earlier;
		this.backoff = new Backoff();
		this.renewals = new EndlessTask("lockfile-cluster-keeper", Duration.ZERO, this::keep, listener::failed);
		this.announcements = new EndlessTask("lockfile-cluster-clock", lease.dividedBy(60), this::tick,
				listener::failed);
	}

	void start() {
		this.renewals.start();
		this.announcements.start();
	}

	void close() {
		this.closing = true;
		this.clock.released();
		this.renewals.hurry();
		boolean ended = false;
		try {
			ended = this.renewals.awaitEnd(PATIENCE);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		ClusterSession session = this.session;
		if (session != null && ended) {
			// Its thread could not be started.
			session.close();
		}
		else if (session != null) {
			session.abort();
		}
	}

	/**
	 * A round of the renewals: asks whether the lock is still held, or takes it back.
	 */
	void keep() {
		ClusterSession session = this.session;
		if (this.clock.isOver()) {
			if (session != null) {
				session.close();
				this.session = null;
			}
			this.renewals.end();
			return;
		}
		if (session != null && this.questionOpen) {
			broken(BROKEN_OFF);
			session = null;
		}
		boolean refused = false;
		try {
			this.questionOpen = true;
			if (session != null) {
				renew(session);
			}
			else {
				retake();
			}
		}
		catch (ClusterLockUnavailableException ex) {
			refused = !ex.isPassing();
			if (session == null || session.isBroken()) {
				broken(ex.reason());
			}
			else {
				unanswered(ex.reason());
			}
		}
		catch (RuntimeException ex) {
			// Its message is the driver's, and may quote a password.
			broken(ex.getClass().getName());
		}
		catch (Error ex) {
			// Fence at once: the driver may have closed the connection, and the next
			// instance would have the lock while we still believe to hold it.
			this.clock.broken(BROKEN_OFF);
			throw ex;
		}
		this.questionOpen = false;
		if (this.session == null && !this.clock.isOver()) {
			this.ticker.pause(this.backoff
				.next(!this.clock.isLeaseOver() ? longestPause() : refused ? LONGEST_IF_REFUSED : Backoff.LONGEST));
		}
	}

	private void renew(ClusterSession session) {
		long asked = this.ticker.nanoTime();
		this.clock.asking();
		if (!session.isHeld()) {
			broken("the session is not the one that has the lock any more");
			return;
		}
		this.clock.answered();
		this.clock.renewed(asked);
		announceOrLeaveIt();
		long pause = renewalPause().toNanos();
		for (long left = pause; left > 0 && !this.closing; left = asked + pause - this.ticker.nanoTime()) {
			this.clock.asking();
			session.idle(Duration.ofNanos(Math.min(left, SLICE.toNanos())));
			this.clock.answered();
		}
		this.unanswered = false;
		this.backoff.reset();
	}

	/**
	 * A question failed, and the session, with the lock, is there. To let it go would let
	 * another instance in. If no answer comes, the clock fences us. The first time, the
	 * next question comes at once, since the session may be about to end.
	 */
	private void unanswered(String reason) {
		this.clock.answered();
		this.clock.unanswered(reason);
		if (this.unanswered) {
			this.ticker.pause(this.backoff.next(longestPause()));
		}
		this.unanswered = true;
	}

	private Duration longestPause() {
		return Collections.min(List.of(renewalPause(), Backoff.LONGEST));
	}

	/**
	 * Returns the time from one question to the next. We ask more often than the clock
	 * needs, so that little of the lease is gone when the engine goes down, and more is
	 * left for it to come up again.
	 */
	private Duration renewalPause() {
		return this.lease.dividedBy(30);
	}

	private void retake() {
		ClusterSession next = this.sessions.open();
		boolean taken = false;
		try {
			taken = retake(next);
		}
		finally {
			if (!taken) {
				next.close();
			}
		}
	}

	private boolean retake(ClusterSession next) {
		long start = this.ticker.nanoTime();
		while (this.ticker.nanoTime() - start < PATIENCE.toNanos() && !this.closing) {
			// A holder whose lease is over is no better than any other that wants the
			// lock, and must wait as they must.
			boolean mayTake = !this.clock.isLeaseOver() || isEarlierHolderGone(next);
			long asked = this.ticker.nanoTime();
			if (mayTake && next.tryLock()) {
				this.session = next;
				this.identity = next.identity();
				this.clock.retaken(asked);
				this.backoff.reset();
				announceOrLeaveIt();
				return true;
			}
			HolderInfo holder = next.holder();
			if (holder == null && !mayTake) {
				// Nobody has the lock, but it may not be taken before the lease of an
				// earlier holder is over. This loop would ask every 5 ms; keep() pauses
				// for longer.
				return false;
			}
			if (holder != null && holder.is(this.identity)) {
				// It is ours, and the engine does not know yet that it is broken.
				next.end(holder);
			}
			else if (holder != null && !holder.mayBe(this.identity)) {
				this.clock.lost(holder);
				announceOrLeaveIt();
				return false;
			}
			this.ticker.pause(Duration.ofMillis(5));
		}
		return false;
	}

	private boolean isEarlierHolderGone(ClusterSession next) {
		this.earlier.connected(next.incarnation());
		return this.earlier.left().isZero();
	}

	private void broken(String reason) {
		// The state first: closing what is broken may take time.
		this.clock.broken(reason);
		announceOrLeaveIt();
		ClusterSession session = this.session;
		this.session = null;
		if (session != null) {
			session.abort();
		}
	}

	/**
	 * A round of the announcements: tells what the clock shows.
	 */
	void tick() {
		// Read before anything is told: if the lock ends meanwhile, the next round tells
		// it.
		boolean over = this.clock.isOver();
		boolean due = this.clock.tick();
		try {
			if (due && !this.warned) {
				this.listener.deadline(this.clock.leftNanos());
			}
			this.warned = due;
		}
		finally {
			announce();
		}
		if (over) {
			this.announcements.end();
		}
	}

	boolean isAnnouncing() {
		return this.announcements.isRunning();
	}

	/**
	 * For the renewals: a listener that fails must not look like a session that broke.
	 */
	private void announceOrLeaveIt() {
		try {
			announce();
		}
		catch (RuntimeException | Error ex) {
			// The next tick announces it again, and reports why that failed.
		}
	}

	LockState.Cluster state() {
		Snapshot now = this.clock.snapshot();
		return new LockState.Cluster(this.name, this.sessions.database(), now.state(), now.reason(), now.since());
	}

	private void announce() {
		synchronized (this.announcement) {
			LockState.Cluster now = state();
			boolean still = now.state() == this.announced || (now.state().isHeld() && this.announced.isHeld());
			if (!still && now.state() != State.RELEASED) {
				this.listener.changed(now);
				// Last: a listener that failed is told again at the next tick.
				this.announced = now.state();
			}
		}
	}

}
