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
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import io.github.lockfile.spring.boot.cluster.ClusterLock.Listener;
import io.github.lockfile.spring.boot.cluster.ClusterLock.Snapshot;
import io.github.lockfile.spring.boot.cluster.ClusterLock.State;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the lock: asks the engine again and again, takes the lock back if the session
 * broke, and tells what becomes of it.
 */
final class ClusterLockKeeper {

	private static final Log logger = LogFactory.getLog(ClusterLockKeeper.class);

	private static final long SLICE = ClusterLock.POLL.toNanos();

	/**
	 * How long another session of ours may take to end.
	 */
	private static final long PATIENCE = TimeUnit.SECONDS.toNanos(1);

	private final ClusterSession.Factory sessions;

	private final LeaseClock clock;

	private final Duration lease;

	private final Listener listener;

	private final Thread keeper = thread("lockfile-cluster-keeper", this::keep);

	/**
	 * Not the keeper: that one may hang in a connect for longer than the lease.
	 */
	private final Thread watch = thread("lockfile-cluster-clock", this::watch);

	private volatile @Nullable ClusterSession session;

	private String identity;

	private final Object announcement = new Object();

	private State announced = State.HELD;

	private volatile boolean closing;

	ClusterLockKeeper(ClusterSession.Factory sessions, ClusterSession session, LeaseClock clock, Duration lease,
			Listener listener) {
		this.sessions = sessions;
		this.session = session;
		this.identity = session.identity();
		this.clock = clock;
		this.lease = lease;
		this.listener = listener;
	}

	private static Thread thread(String name, Runnable task) {
		Thread thread = new Thread(task, name);
		thread.setDaemon(true);
		return thread;
	}

	void start() {
		this.keeper.start();
		this.watch.start();
	}

	void close() {
		this.closing = true;
		this.clock.released();
		LockSupport.unpark(this.keeper);
		boolean interrupted = false;
		try {
			this.keeper.join(TimeUnit.NANOSECONDS.toMillis(PATIENCE));
		}
		catch (InterruptedException ex) {
			interrupted = true;
		}
		ClusterSession session = this.session;
		if (session != null && this.keeper.isAlive()) {
			session.abort();
		}
		if (interrupted) {
			Thread.currentThread().interrupt();
		}
	}

	private void keep() {
		while (!this.clock.isOver()) {
			try {
				ClusterSession session = this.session;
				if (session != null) {
					renew(session);
				}
				else {
					retake();
				}
			}
			catch (ClusterLockUnavailableException ex) {
				broken(ex.reason());
			}
			catch (RuntimeException ex) {
				// Not its message: it is the driver's, and may quote a password.
				broken(ex.getClass().getName());
			}
			if (this.session == null && !this.clock.isOver()) {
				LockSupport.parkNanos(SLICE);
			}
		}
		ClusterSession session = this.session;
		if (session != null) {
			session.close();
			this.session = null;
		}
	}

	private void renew(ClusterSession session) {
		long asked = System.nanoTime();
		if (!session.isHeld()) {
			broken("the session is not the one that has the lock any more");
			return;
		}
		this.clock.renewed(asked);
		announce();
		// More often than the clocks need, so that little of the lease is gone when the
		// engine goes down, and more is left for it to come up again.
		long pause = this.lease.toNanos() / 30;
		for (long left = pause; left > 0 && !this.closing; left = asked + pause - System.nanoTime()) {
			session.idle(Duration.ofNanos(Math.min(left, SLICE)));
		}
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
		long start = System.nanoTime();
		while (System.nanoTime() - start < PATIENCE && !this.closing) {
			// A holder whose lease is over is no better than any other that wants the
			// lock, and must wait as they must.
			boolean mayTake = !this.clock.isLeaseOver() || next.uptime().compareTo(this.lease) >= 0;
			long asked = System.nanoTime();
			if (mayTake && next.tryLock()) {
				this.session = next;
				this.identity = next.identity();
				this.clock.retaken(asked);
				announce();
				return true;
			}
			Holder holder = next.holder();
			if (holder != null && holder.is(this.identity)) {
				// It is ours, and the engine does not know yet that it is broken.
				next.end(holder);
			}
			else if (holder != null && !holder.mayBe(this.identity)) {
				this.clock.lost(holder);
				announce();
				return false;
			}
			LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
		}
		return false;
	}

	private void broken(String reason) {
		// The state first: closing what is broken may take time.
		this.clock.broken(reason);
		announce();
		ClusterSession session = this.session;
		this.session = null;
		if (session != null) {
			session.abort();
		}
	}

	private void watch() {
		long tick = this.lease.toNanos() / 60;
		boolean told = false;
		while (!this.clock.isOver()) {
			LockSupport.parkNanos(tick);
			boolean due = this.clock.tick();
			announce();
			if (due && !told) {
				tell(() -> this.listener.deadline(this.clock.left()));
			}
			told = due;
		}
	}

	private void announce() {
		synchronized (this.announcement) {
			Snapshot now = this.clock.snapshot();
			boolean still = now.state() == this.announced || (now.state().isHeld() && this.announced.isHeld());
			if (!still && now.state() != State.RELEASED) {
				this.announced = now.state();
				tell(() -> this.listener.changed(now));
			}
		}
	}

	private static void tell(Runnable message) {
		try {
			message.run();
		}
		catch (RuntimeException ex) {
			// Or a listener that fails would end the thread that keeps the lock.
			logger.error("Could not report the state of the cluster lock", ex);
		}
	}

}
