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
 * What is done when the lock file or the cluster lock is lost. The process is sure to
 * end, if it is to, before anything is tried that may fail, and a step that fails keeps
 * no other one from being taken.
 */
final class LockLoss {

	/**
	 * A busy host takes its time to end a process, even to halt a JVM: 800 ms were seen
	 * on one with 13 times as much to do as it has processors. This must be less than
	 * LeaseClock.SHORTEST_END, which leaves that time: the rest is for the log and the
	 * shutdown.
	 */
	private static final long TIME_TO_END = TimeUnit.MILLISECONDS.toNanos(1100);

	private final ApplicationEvents events;

	private final WatchLog log;

	private final @Nullable ShutdownOnLoss shutdown;

	/**
	 * What is told of a loss if the heap is too full to tell more; {@code null} until the
	 * lock is taken.
	 */
	private @Nullable ApplicationEvent fallbackEvent;

	private String fallbackMessage = "The lock is lost. " + Runbook.LOST;

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
	 * Keeps what is told of a loss if nothing better can be made then.
	 * @param event what to tell the application
	 * @param message what to log
	 */
	synchronized void prepare(ApplicationEvent event, String message) {
		this.fallbackEvent = event;
		this.fallbackMessage = message;
	}

	/**
	 * Does what is left to do. Allocates nothing but within steps that may fail, and each
	 * of them is tried: with a lambda for each, a full heap would end the method.
	 * @param event what to tell the application; {@code null} if it could not be made
	 * @param message what to log; {@code null} if it could not be made
	 * @return whether all has been done; otherwise, call it again
	 */
	synchronized boolean act(@Nullable ApplicationEvent event, @Nullable String message) {
		arm();
		ApplicationEvent told = (event != null) ? event : this.fallbackEvent;
		try {
			this.published = this.published || (told != null && this.events.publish(told));
		}
		catch (RuntimeException | Error ex) {
			// It is tried again.
		}
		try {
			this.broken = this.broken || this.events.publishBroken();
		}
		catch (RuntimeException | Error ex) {
			// It is tried again.
		}
		try {
			this.logged = this.logged || this.log.error((message != null) ? message : this.fallbackMessage, null);
		}
		catch (RuntimeException | Error ex) {
			// It is tried again.
		}
		try {
			if (!this.ending && this.shutdown != null) {
				this.shutdown.begin();
			}
			this.ending = true;
		}
		catch (RuntimeException | Error ex) {
			// It is tried again.
		}
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
		try {
			this.log.error(message, null);
		}
		catch (RuntimeException | Error ex) {
			// What ends the process matters more.
		}
		if (this.shutdown != null) {
			this.shutdown.begin();
		}
	}

}
