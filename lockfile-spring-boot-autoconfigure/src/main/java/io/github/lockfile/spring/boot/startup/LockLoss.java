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

import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;

import org.springframework.context.ApplicationEvent;

/**
 * What is done when a lock is lost, that of the host or that of the cluster. The process
 * is sure to end, if it is to, before anything is tried that may fail, and a step that
 * fails keeps no other one from being taken.
 */
final class LockLoss {

	/**
	 * A busy host takes its time to end a process, even to halt a JVM: 800 ms were seen
	 * on one with 13 times as much to do as it has processors.
	 */
	private static final long TIME_TO_END = TimeUnit.MILLISECONDS.toNanos(1100);

	private final ApplicationEvents events;

	private final WatchLog log;

	private final @Nullable ShutdownOnLoss shutdown;

	private boolean published;

	private boolean broken;

	private boolean logged;

	private boolean ending;

	/**
	 * Prepares for the loss of a lock.
	 * @param shutdown what shuts down then; {@code null} to go on
	 */
	LockLoss(ApplicationEvents events, WatchLog log, @Nullable ShutdownOnLoss shutdown) {
		this.events = events;
		this.log = log;
		this.shutdown = shutdown;
	}

	/**
	 * Does what is left to do.
	 * @param event what to tell the application
	 * @param message what to log
	 * @return whether all has been done; otherwise, call it again
	 */
	synchronized boolean act(ApplicationEvent event, String message) {
		arm();
		ShutdownOnLoss shutdown = this.shutdown;
		this.published = this.published || succeeds(() -> this.events.publish(event));
		this.broken = this.broken || succeeds(this.events::publishBroken);
		this.logged = this.logged || succeeds(() -> this.log.error(message, null));
		this.ending = this.ending || shutdown == null || succeeds(shutdown::begin);
		return this.published && this.broken && this.logged && this.ending;
	}

	/**
	 * Makes sure that the process ends, if it is to.
	 */
	void arm() {
		if (this.shutdown != null) {
			this.shutdown.arm();
		}
	}

	/**
	 * Ends the process before a moment after which another instance may start.
	 * @param nanos the time until then
	 * @param message what to log
	 */
	void endWithin(long nanos, String message) {
		if (this.shutdown != null) {
			this.shutdown.arm(Math.max(0, Math.min(nanos / 2, nanos - TIME_TO_END)));
		}
		succeeds(() -> this.log.error(message, null));
		if (this.shutdown != null) {
			this.shutdown.begin();
		}
	}

	private static boolean succeeds(Runnable step) {
		try {
			step.run();
			return true;
		}
		catch (RuntimeException | Error ex) {
			return false;
		}
	}

}
