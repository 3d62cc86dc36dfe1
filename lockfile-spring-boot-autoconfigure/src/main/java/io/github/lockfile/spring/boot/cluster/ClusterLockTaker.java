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
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

/**
 * Takes the lock when nobody can believe to have it any more.
 *
 * <p>
 * It asks again and again. To wait inside the engine would be no better: a process that
 * is stopped while it waits there is granted the lock, and keeps it. So that many can
 * wait, one attempt is one cheap statement, and the holder is asked for its name only
 * when somebody is told.
 */
final class ClusterLockTaker {

	/**
	 * The pause between two attempts, which is up to two fifths shorter or longer: the
	 * next holder is there within half a second.
	 */
	static final Duration POLL = Duration.ofMillis(250);

	/**
	 * The pause between two questions while an earlier holder may believe to hold the
	 * lock, so that nothing can be taken anyway.
	 */
	private static final Duration SLOW_POLL = Duration.ofSeconds(1);

	/**
	 * The pause before the last attempt.
	 */
	private static final Duration LAST_POLL = Duration.ofMillis(20);

	/**
	 * The pause between two reports while waiting.
	 */
	private static final Duration REPORT_INTERVAL = Duration.ofSeconds(30);

	/**
	 * Longer than any wait, and short enough to count with.
	 */
	private static final Duration FOR_EVER = Duration.ofDays(36500);

	private final ClusterSession.Factory sessions;

	private final String name;

	private final Duration timeout;

	private final ClusterLockListener listener;

	private final Ticker ticker;

	private final long start;

	private final EarlierHolder earlier;

	private final Backoff backoff = new Backoff();

	private @Nullable ClusterSession session;

	private boolean lastAttempt;

	private @Nullable String told;

	private long toldAt;

	private long asked;

	ClusterLockTaker(ClusterSession.Factory sessions, String name, Duration lease, Duration timeout,
			ClusterLockListener listener, Ticker ticker) {
		this.sessions = sessions;
		this.name = name;
		this.timeout = Collections.min(List.of(timeout, FOR_EVER));
		this.listener = listener;
		this.ticker = ticker;
		this.start = ticker.nanoTime();
		this.earlier = new EarlierHolder(lease, ticker);
	}

	/**
	 * Takes the lock.
	 * @return the session that has it
	 */
	ClusterSession take() {
		boolean taken = false;
		try {
			while (true) {
				Duration pause;
				try {
					ClusterSession session = session();
					taken = attempt(session);
					if (taken) {
						return session;
					}
					pause = pollPause();
				}
				catch (ClusterLockUnavailableException ex) {
					unavailable(ex);
					pause = this.backoff.next(Backoff.LONGEST);
				}
				pause(pause);
			}
		}
		finally {
			if (!taken) {
				closeSession();
			}
		}
	}

	/**
	 * Returns when the request was sent that took the lock.
	 * @return nanoseconds, as the ticker counts them
	 */
	long asked() {
		return this.asked;
	}

	EarlierHolder earlier() {
		return this.earlier;
	}

	private ClusterSession session() {
		ClusterSession session = this.session;
		if (session == null) {
			session = this.sessions.open();
			this.session = session;
			this.earlier.connected(session.incarnation());
			this.backoff.reset();
		}
		return session;
	}

	private boolean attempt(ClusterSession session) {
		if (this.earlier.left().isZero()) {
			this.asked = this.ticker.nanoTime();
			if (session.tryLock()) {
				return true;
			}
			held(session::holder);
			return false;
		}
		HolderInfo holder = session.holder();
		if (holder != null) {
			held(() -> holder);
		}
		else {
			this.lastAttempt = false;
			tell("new",
					() -> ("%s has just come up, or the session with it broke, so an earlier holder may not know yet "
							+ "that it lost its lock; waiting %d s before taking it")
						.formatted(this.sessions.database(), this.earlier.left().plusMillis(999).toSeconds()));
		}
		return false;
	}

	private void held(Supplier<@Nullable HolderInfo> holder) {
		Supplier<ClusterLockHeldException> held = () -> new ClusterLockHeldException(this.name,
				this.sessions.database(), holder.get());
		if (!isTimeOver()) {
			tell("held", () -> held.get().getMessage() + waiting());
			return;
		}
		// One more attempt, so that a holder that is just ending, or one that looked and
		// let go, refuses nobody.
		if (this.lastAttempt) {
			throw held.get();
		}
		this.lastAttempt = true;
	}

	private void unavailable(ClusterLockUnavailableException failure) {
		if (this.session != null) {
			this.earlier.sessionBroke();
			closeSession();
		}
		if (!failure.isPassing() || isTimeOver()) {
			throw failure;
		}
		// The numbers in it change all the time.
		tell(failure.reason().replaceAll("[0-9]+", ""), () -> failure.getMessage() + waiting());
	}

	private String waiting() {
		return "; waiting at most " + this.timeout.toSeconds() + " s";
	}

	private boolean isTimeOver() {
		return Thread.currentThread().isInterrupted() || left().isZero();
	}

	private Duration left() {
		Duration left = this.timeout.minusNanos(this.ticker.nanoTime() - this.start);
		return left.isNegative() ? Duration.ZERO : left;
	}

	private void tell(String kind, Supplier<String> why) {
		long now = this.ticker.nanoTime();
		if (!kind.equals(this.told) || now - this.toldAt > REPORT_INTERVAL.toNanos()) {
			this.told = kind;
			this.toldAt = now;
			this.listener.waiting(why.get());
		}
	}

	private Duration pollPause() {
		if (this.lastAttempt) {
			return LAST_POLL;
		}
		Duration left = this.earlier.left();
		return left.isZero() ? Backoff.spread(POLL, 0.6, 1.4) : Collections.min(List.of(left, SLOW_POLL));
	}

	private void pause(Duration pause) {
		if (Thread.currentThread().isInterrupted() && !this.lastAttempt) {
			// An interrupted thread does not pause, and would ask without end.
			throw ClusterLockUnavailableException.passing(this.sessions.database(), "the wait was interrupted");
		}
		Duration left = left();
		this.ticker.pause(left.isZero() ? pause : Collections.min(List.of(pause, left)));
	}

	private void closeSession() {
		if (this.session != null) {
			this.session.close();
			this.session = null;
		}
	}

}
