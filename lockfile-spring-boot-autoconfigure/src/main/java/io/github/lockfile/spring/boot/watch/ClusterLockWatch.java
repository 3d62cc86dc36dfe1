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

package io.github.lockfile.spring.boot.watch;

import java.time.Duration;

import io.github.lockfile.spring.boot.cluster.ClusterLock;
import io.github.lockfile.spring.boot.cluster.ClusterLock.Snapshot;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.context.ConfigurableApplicationContext;

/**
 * Tells the application what becomes of its cluster lock.
 *
 * @since 0.1.0
 */
public final class ClusterLockWatch {

	private static final Log logger = LogFactory.getLog(ClusterLockWatch.class);

	private final LockFileWatch host;

	private final ConfigurableApplicationContext context;

	private final ApplicationEvents events;

	private @Nullable ClusterLock lock;

	private ClusterLockWatch(LockFileWatch host, ConfigurableApplicationContext context, ApplicationEvents events) {
		this.host = host;
		this.context = context;
		this.events = events;
	}

	/**
	 * Returns the watch on the cluster lock of an application.
	 * @param host the watch on its lock file
	 * @return the watch
	 * @throws IllegalStateException if there is no cluster lock
	 */
	public static ClusterLockWatch of(LockFileWatch host) {
		ClusterLockWatch watch = host.cluster;
		if (watch == null) {
			throw new IllegalStateException("There is no cluster lock");
		}
		return watch;
	}

	static ClusterLockWatch acquire(LockFileWatch host, ConfigurableApplicationContext context,
			ApplicationEvents events, Duration timeout) {
		ClusterLockWatch watch = new ClusterLockWatch(host, context, events);
		watch.acquire(timeout);
		return watch;
	}

	/**
	 * Has the monitor, so that nothing is told of a lock that is not known yet.
	 */
	private synchronized void acquire(Duration timeout) {
		ClusterLock lock = ClusterLock.acquire(this.context.getEnvironment(), this.host.lockFile().content(), timeout,
				new Listener());
		logger.info("Acquired " + lock);
		this.lock = lock;
	}

	/**
	 * Returns the lock.
	 * @return the lock
	 */
	public synchronized ClusterLock lock() {
		ClusterLock lock = this.lock;
		if (lock == null) {
			throw new IllegalStateException("The cluster lock has not been taken");
		}
		return lock;
	}

	void release() {
		ClusterLock lock = lock();
		lock.close();
		logger.info("Released " + lock);
	}

	private void lost(Snapshot now) {
		BoundedShutdown shutdown = this.host.shutdownIfLost();
		try {
			logger.error("Lost the %s: this is no longer the only instance. It is lost because %s".formatted(lock(),
					now.reason()));
			this.events.publish(new ClusterLockEvent(this.context, lock(), now));
			this.events.publishBroken();
		}
		finally {
			if (shutdown != null) {
				shutdown.begin(this.events::awaitPublished);
			}
		}
	}

	/**
	 * Not the watch itself: users see that.
	 */
	private final class Listener implements ClusterLock.Listener {

		@Override
		public void waiting(String why) {
			logger.info(why);
		}

		@Override
		public void changed(Snapshot now) {
			switch (now.state()) {
				case HELD, RESTORED -> {
					logger.warn("The %s is held again".formatted(lock()));
					ClusterLockWatch.this.events.acceptTraffic();
					publish(now);
				}
				case FENCED -> {
					logger.warn("The %s is fenced, so this instance must do no work until it is held again: %s"
						.formatted(lock(), now.reason()));
					ClusterLockWatch.this.events.refuseTraffic();
					publish(now);
				}
				case LOST -> lost(now);
				case RELEASED -> logger.debug("The lock was released");
			}
		}

		private void publish(Snapshot now) {
			ClusterLockWatch.this.events.publish(new ClusterLockEvent(ClusterLockWatch.this.context, lock(), now));
		}

		@Override
		public void failed(Throwable failure) {
			logger.error("A thread that keeps the cluster lock failed, and goes on", failure);
		}

		@Override
		public void deadline(long leftNanos) {
			Duration left = Duration.ofNanos(leftNanos);
			// Not all of it, since a busy host takes its time to end a process.
			BoundedShutdown shutdown = ClusterLockWatch.this.host.shutdownIfLost(left.dividedBy(2));
			logger.error("The %s is still fenced, and another instance may start in %d ms".formatted(lock(),
					left.toMillis()));
			if (shutdown != null) {
				shutdown.begin(ClusterLockWatch.this.events::awaitPublished);
			}
		}

	}

}
