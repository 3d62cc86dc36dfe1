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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import org.jspecify.annotations.Nullable;

/**
 * An engine whose every step a test can choose.
 */
final class FakeEngine implements ClusterSession.Factory {

	private final Ticker time;

	private final List<Session> sessions = new ArrayList<>();

	volatile @Nullable String down;

	/**
	 * Why it lets nobody in until somebody acts.
	 */
	volatile @Nullable String refuses;

	volatile boolean hangs;

	/**
	 * What every question throws.
	 */
	volatile @Nullable Error fault;

	/**
	 * The answer to every question, which leaves the session as it is.
	 */
	volatile @Nullable String error;

	volatile boolean hidesDetails;

	/**
	 * Whether a session that broke keeps the lock, as when the engine does not notice.
	 */
	volatile boolean unaware;

	private @Nullable Session holder;

	/**
	 * How far the engine's clock was set forward since it came up.
	 */
	Duration clockStep = Duration.ZERO;

	/**
	 * How many statements have been executed, for each kind.
	 */
	final Map<String, Integer> statements = new TreeMap<>();

	Runnable onStatement = () -> {
	};

	private int attempts;

	private int incarnation;

	private long upSince;

	FakeEngine(Ticker time) {
		this.time = time;
		this.upSince = time.nanoTime() - Duration.ofHours(1).toNanos();
	}

	synchronized void up(Duration uptime) {
		this.incarnation++;
		this.upSince = this.time.nanoTime() - uptime.toNanos();
	}

	@Override
	public ClusterSession open() {
		while (this.hangs) {
			this.time.pause(Duration.ofMillis(10));
		}
		this.attempts++;
		if (this.fault != null) {
			throw this.fault;
		}
		if (this.down != null) {
			throw ClusterLockUnavailableException.passing(database(), this.down);
		}
		if (this.refuses != null) {
			throw ClusterLockUnavailableException.unfit(database(), this.refuses, "");
		}
		synchronized (this) {
			Session session = new Session(this.sessions.size() + 1);
			this.sessions.add(session);
			return session;
		}
	}

	@Override
	public String database() {
		return "the fake";
	}

	synchronized void breakSessions() {
		this.sessions.forEach((session) -> session.broken = true);
		if (!this.unaware) {
			this.holder = null;
		}
	}

	/**
	 * As after the holder's session was ended by hand: the next has it at once.
	 * @param session the next
	 */
	synchronized void giveTo(ClusterSession session) {
		this.sessions.forEach((each) -> each.broken = each != session);
		this.holder = (Session) session;
	}

	int attempts() {
		return this.attempts;
	}

	synchronized int opened() {
		return this.sessions.size();
	}

	synchronized long live() {
		return this.sessions.stream().filter((session) -> !session.broken).count();
	}

	synchronized boolean isFree() {
		return this.holder == null;
	}

	final class Session implements ClusterSession {

		private final int id;

		private volatile boolean broken;

		private Session(int id) {
			this.id = id;
		}

		private void check() {
			check("other");
		}

		private void check(String statement) {
			FakeEngine.this.statements.merge(statement, 1, Integer::sum);
			FakeEngine.this.onStatement.run();
			Error fault = FakeEngine.this.fault;
			if (fault != null) {
				throw fault;
			}
			if (this.broken) {
				throw ClusterLockUnavailableException.passing(database(), "cut");
			}
			String error = FakeEngine.this.error;
			if (error != null) {
				throw ClusterLockUnavailableException.passing(database(), error);
			}
		}

		@Override
		public String identity() {
			return this.id + "@x";
		}

		@Override
		public Incarnation incarnation() {
			synchronized (FakeEngine.this) {
				check("incarnation");
				return new Incarnation(Integer.toString(FakeEngine.this.incarnation),
						Duration.ofNanos(FakeEngine.this.time.nanoTime() - FakeEngine.this.upSince)
							.plus(FakeEngine.this.clockStep));
			}
		}

		@Override
		public boolean tryLock() {
			synchronized (FakeEngine.this) {
				check("tryLock");
				if (FakeEngine.this.holder == null) {
					FakeEngine.this.holder = this;
				}
				return FakeEngine.this.holder == this;
			}
		}

		@Override
		public boolean isHeld() {
			synchronized (FakeEngine.this) {
				check();
				return FakeEngine.this.holder == this;
			}
		}

		@Override
		public @Nullable HolderInfo holder() {
			synchronized (FakeEngine.this) {
				check("holder");
				Session holder = FakeEngine.this.holder;
				return (holder == null) ? null : new HolderInfo(FakeEngine.this.hidesDetails ? null : holder.identity(),
						holder.id, null, null, null);
			}
		}

		@Override
		public void end(HolderInfo own) {
			synchronized (FakeEngine.this) {
				check();
				if (FakeEngine.this.holder != null && own.is(FakeEngine.this.holder.identity())) {
					FakeEngine.this.holder = null;
				}
			}
		}

		@Override
		public void idle(Duration time) {
			FakeEngine.this.time.pause(time);
			check();
		}

		@Override
		public boolean isBroken() {
			return this.broken;
		}

		@Override
		public void close() {
			synchronized (FakeEngine.this) {
				this.broken = true;
				if (FakeEngine.this.holder == this) {
					FakeEngine.this.holder = null;
				}
			}
		}

		@Override
		public void abort() {
			this.broken = true;
		}

	}

}
