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

import io.github.lockfile.spring.boot.cluster.ClusterLock;
import io.github.lockfile.spring.boot.cluster.ClusterLockListener;
import io.github.lockfile.spring.boot.watch.ClusterLockEvent;
import io.github.lockfile.spring.boot.watch.ClusterLockEvent.State;
import io.github.lockfile.spring.boot.watch.LockState;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import org.springframework.context.ConfigurableApplicationContext;

/**
 * Takes the cluster lock, and tells the application what becomes of it.
 */
final class ClusterLockReporter implements ClusterLockListener {

	private static final Log logger = LogFactory.getLog(ClusterLockReporter.class);

	private static final String DEADLINE = "The cluster lock is still fenced, and another instance may start before "
			+ "long. " + Runbook.FENCED;

	private final ConfigurableApplicationContext context;

	private final ApplicationEvents events;

	private final WatchLog log;

	private final LockLoss loss;

	ClusterLockReporter(ConfigurableApplicationContext context, ApplicationEvents events, WatchLog log, LockLoss loss) {
		this.context = context;
		this.events = events;
		this.log = log;
		this.loss = loss;
	}

	/**
	 * Takes the cluster lock.
	 * @param content what to show to operators of the database
	 * @param timeout how long to wait
	 * @return the lock
	 */
	static ClusterLock acquire(ConfigurableApplicationContext context, String content, Duration timeout,
			ApplicationEvents events, WatchLog log, LockLoss loss) {
		ClusterLock lock = ClusterLock.acquire(context.getEnvironment(), content, timeout,
				new ClusterLockReporter(context, events, log, loss));
		boolean told = false;
		try {
			logger.info("Acquired " + lock);
			told = true;
			return lock;
		}
		finally {
			if (!told) {
				// Nobody else has it yet who could.
				lock.close();
			}
		}
	}

	@Override
	public void waiting(String why) {
		logger.info(why);
	}

	@Override
	public void changed(LockState.Cluster now) {
		// A switch has a class of its own. If that were needed for the first time while
		// the heap is full, it could never be used again.
		if (now.state() == State.LOST) {
			lost(now);
		}
		else if (now.state() == State.FENCED) {
			this.events.publish(event(this.context, now));
			this.events.refuseTraffic();
			this.log.warn("The %s is fenced, so this instance must do no work until it is held again: %s. %s"
				.formatted(describe(now), now.reason(), Runbook.FENCED), null);
		}
		else if (now.state().isHeld()) {
			this.events.publish(event(this.context, now));
			this.events.acceptTraffic();
			this.log.info("The %s is held again".formatted(describe(now)));
		}
		else {
			this.log.debug(() -> "The cluster lock was released");
		}
	}

	/**
	 * Makes what is told of a loss if nothing better can be made then.
	 * @param lock the lock that is held
	 */
	static void prepareLoss(ConfigurableApplicationContext context, LockState.Cluster lock, LockLoss loss) {
		LockState.Cluster lost = new LockState.Cluster(lock.name(), lock.database(), State.LOST,
				"another instance has it", lock.since());
		loss.prepare(event(context, lost), lossMessage(lost));
	}

	private void lost(LockState.Cluster now) {
		ClusterLockEvent event = null;
		String message = null;
		try {
			event = event(this.context, now);
			message = lossMessage(now);
		}
		catch (RuntimeException | Error ex) {
			// What was made in advance says less, but says it.
		}
		if (!this.loss.act(event, message)) {
			throw new IllegalStateException("Not all that a loss needs could be done; it is tried again");
		}
	}

	private static ClusterLockEvent event(ConfigurableApplicationContext context, LockState.Cluster lock) {
		return new ClusterLockEvent(context, lock.name(), lock.state(), lock.reason(), lock.since());
	}

	private static String lossMessage(LockState.Cluster lost) {
		return "Lost the %s: this is no longer the only instance. It is lost because %s. %s".formatted(describe(lost),
				lost.reason(), Runbook.LOST_IN_CLUSTER);
	}

	private static String describe(LockState.Cluster lock) {
		return "cluster lock '%s' in %s".formatted(lock.name(), lock.database());
	}

	@Override
	public void deadline(long leftNanos) {
		this.loss.endWithin(leftNanos, DEADLINE);
	}

	@Override
	public void failed(Throwable failure) {
		this.log.error("A thread that keeps the cluster lock failed, and goes on. " + Runbook.UNWATCHED, failure);
	}

}
