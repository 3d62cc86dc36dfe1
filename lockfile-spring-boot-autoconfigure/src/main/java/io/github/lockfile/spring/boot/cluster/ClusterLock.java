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

import io.github.lockfile.spring.boot.watch.ClusterLockEvent.State;
import io.github.lockfile.spring.boot.watch.LockState;
import org.jspecify.annotations.Nullable;

import org.springframework.core.env.Environment;

/**
 * A lock that one instance at a time can hold, for each name and database. It is kept
 * until it is closed, it is lost, or the process ends. For the starter itself, not for
 * applications.
 *
 * @since 0.1.0
 */
public final class ClusterLock implements AutoCloseable {

	private final String name;

	private final String database;

	private final LeaseClock clock;

	private final ClusterLockKeeper keeper;

	private ClusterLock(String name, String database, LeaseClock clock, ClusterLockKeeper keeper) {
		this.name = name;
		this.database = database;
		this.clock = clock;
		this.keeper = keeper;
	}

	/**
	 * Checks that the properties name a database that can guard the lock, without
	 * connecting to it.
	 * @param environment where the properties are
	 * @return the properties, to show them; they have secrets
	 * @throws RuntimeException if a value is wrong or, with an exit code, if no database
	 * is named that can guard the lock
	 */
	public static Object validate(Environment environment) {
		ClusterProperties properties = ClusterProperties.from(environment);
		ClusterUrl.of(properties);
		return properties;
	}

	/**
	 * Takes the lock and keeps it from now on.
	 * @param environment where the properties are, also those that change later
	 * @param content what to show to operators of the database
	 * @param timeout how long to wait for another holder to release it, or for the
	 * database
	 * @param listener what to tell
	 * @return the lock
	 * @throws RuntimeException with an exit code, if another instance has it, or the
	 * database cannot be reached or cannot guard it
	 */
	public static ClusterLock acquire(Environment environment, String content, Duration timeout,
			ClusterLockListener listener) {
		ClusterProperties properties = ClusterProperties.from(environment);
		return acquire(new DatabaseSessionFactory(environment, properties, content),
				String.valueOf(properties.getName()), properties.getLease(), timeout, listener);
	}

	static ClusterLock acquire(ClusterSession.Factory sessions, String name, Duration lease, Duration timeout,
			ClusterLockListener listener) {
		ClusterLock lock = take(sessions, name, lease, timeout, listener, Ticker.SYSTEM);
		boolean kept = false;
		try {
			lock.keeper.start();
			kept = true;
			return lock;
		}
		finally {
			if (!kept) {
				lock.close();
			}
		}
	}

	/**
	 * Takes the lock. Nobody keeps it yet.
	 */
	static ClusterLock take(ClusterSession.Factory sessions, String name, Duration lease, Duration timeout,
			ClusterLockListener listener, Ticker ticker) {
		ClusterLockTaker taker = new ClusterLockTaker(sessions, name, lease, timeout, listener, ticker);
		ClusterSession session = taker.take();
		ClusterLock lock = null;
		try {
			LeaseClock clock = new LeaseClock(lease, ticker::nanoTime, taker.asked());
			ClusterLockKeeper keeper = new ClusterLockKeeper(sessions, session, name, clock, lease, listener, ticker,
					taker.earlier());
			lock = new ClusterLock(name, sessions.database(), clock, keeper);
			return lock;
		}
		finally {
			if (lock == null) {
				session.close();
			}
		}
	}

	ClusterLockKeeper keeper() {
		return this.keeper;
	}

	/**
	 * Returns the state at this moment. Asks no database and does not block.
	 * @return the state and why
	 */
	public LockState.Cluster state() {
		return this.keeper.state();
	}

	/**
	 * Returns whether this instance may work at this moment. Reads a clock: it allocates
	 * nothing, takes no monitor and asks no database.
	 * @return whether the state is one that {@linkplain State#isHeld() is held}
	 */
	public boolean isHeld() {
		return this.clock.isHeld();
	}

	/**
	 * Releases the lock.
	 */
	@Override
	public void close() {
		this.keeper.close();
	}

	/**
	 * Describes the lock, for logs.
	 * @return its name and its database
	 */
	@Override
	public String toString() {
		return "cluster lock '%s' in %s".formatted(this.name, this.database);
	}

}
