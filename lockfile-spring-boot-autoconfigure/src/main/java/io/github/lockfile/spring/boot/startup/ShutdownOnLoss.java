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
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import io.github.lockfile.spring.boot.failure.ExitCodes;
import io.github.lockfile.spring.boot.task.EndlessTask;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * What {@code lockfile.on-lost=shutdown} does: ends the process with 75 within a given
 * time, whatever the application does meanwhile. Where the process is not the
 * application's, as in a servlet container, it closes the application.
 * <p>
 * All that it needs is made in advance: the loss may come when the heap is full, no
 * thread can be started, or the JAR with our classes has been overwritten. If even so the
 * shutdown cannot be begun, the process is halted.
 */
final class ShutdownOnLoss {

	private static final int EXIT_CODE = ExitCodes.NOT_THE_ONLY_INSTANCE;

	/**
	 * An application that has not started yet has nothing to close gracefully, and its
	 * context cannot be closed before its refresh ends.
	 */
	private static final long WHILE_STARTING = TimeUnit.SECONDS.toNanos(5);

	private static final Duration FOR_EVER = Duration.ofNanos(Long.MAX_VALUE);

	private static final long LOG_PATIENCE = TimeUnit.SECONDS.toNanos(1);

	private final ConfigurableApplicationContext context;

	private final ApplicationEvents events;

	private final WatchLog log;

	private final long timeout;

	/**
	 * Started with the first loss. It is no daemon, or the JVM could end with the last
	 * other thread meanwhile, with 0.
	 */
	private final Thread shutdown;

	/**
	 * Halts the process when its time is over; {@code null} if the process goes on.
	 */
	private final @Nullable EndlessTask halt;

	private volatile boolean armed;

	private volatile long deadline;

	/**
	 * How long it was to the deadline when it was set.
	 */
	private volatile long within;

	private volatile boolean begun;

	private ShutdownOnLoss(ConfigurableApplicationContext context, ApplicationEvents events, WatchLog log,
			boolean ownsProcess, Duration timeout) {
		this.context = context;
		this.timeout = TimeUnit.NANOSECONDS.convert(timeout);
		this.events = events;
		this.log = log;
		this.shutdown = new Thread(ownsProcess ? this::exit : this::close, "lockfile-shutdown");
		this.shutdown.setDaemon(false);
		this.halt = ownsProcess ? new EndlessTask("lockfile-halt", FOR_EVER, this::haltIfArmed, (failure) -> {
			// It halts in any case.
		}) : null;
	}

	/**
	 * Prepares the shutdown.
	 * @param ownsProcess whether the process is the application's
	 * @param timeout how long the shutdown may take
	 * @return the shutdown, not begun
	 */
	static ShutdownOnLoss prepare(ConfigurableApplicationContext context, ApplicationEvents events, WatchLog log,
			boolean ownsProcess, Duration timeout) {
		ShutdownOnLoss shutdown = new ShutdownOnLoss(context, events, log, ownsProcess, timeout);
		if (shutdown.halt != null) {
			shutdown.halt.start();
		}
		return shutdown;
	}

	/**
	 * Has the process halted when the time for a shutdown is over. Allocates nothing.
	 */
	void arm() {
		arm(this.events.isRefreshed() ? this.timeout : Math.min(this.timeout, WHILE_STARTING));
	}

	/**
	 * Has the process halted after some time, if it has not ended by then. Of several
	 * times, the earliest counts. Allocates nothing.
	 * @param nanos the time
	 */
	synchronized void arm(long nanos) {
		if (this.halt != null) {
			long asked = System.nanoTime() + nanos;
			if (!this.armed || asked - this.deadline < 0) {
				this.deadline = asked;
				this.within = nanos;
				this.armed = true;
				this.halt.hurry();
			}
		}
	}

	/**
	 * Begins to shut down, on another thread. Does nothing the second time.
	 */
	synchronized void begin() {
		if (this.begun) {
			return;
		}
		try {
			this.shutdown.start();
			this.begun = true;
		}
		catch (Throwable ex) {
			if (this.halt != null) {
				// There is nothing else that would surely end it.
				Runtime.getRuntime().halt(EXIT_CODE);
			}
			throw ex;
		}
	}

	/**
	 * Ends the thread that is prepared, since there is no lock any more that could be
	 * lost.
	 */
	void cancel() {
		if (this.halt != null && !this.armed) {
			this.halt.end();
		}
	}

	void awaitEnd(Duration patience) throws InterruptedException {
		if (this.halt != null && !this.armed) {
			this.halt.awaitEnd(patience);
		}
	}

	private void exit() {
		try {
			this.log.info("Shutting down with exit code " + EXIT_CODE + ", within " + format());
			this.events.awaitPublished();
			// If the application turned Boot's hook off (by the property
			// spring.main.register-shutdown-hook), nobody else closes the context.
			SpringApplication.getShutdownHandlers().add(this.context::close);
		}
		catch (Throwable ex) {
			// The JVM is shutting down already, or lacks what this needs. It is ended all
			// the same.
		}
		finally {
			endProcess();
		}
	}

	private static void endProcess() {
		try {
			// SpringApplication.exit would ask beans of the application for a code first,
			// and they could throw, hang or choose another one.
			System.exit(EXIT_CODE);
		}
		finally {
			Runtime.getRuntime().halt(EXIT_CODE);
		}
	}

	private void close() {
		try {
			this.log.info("Closing the application");
			this.events.awaitPublished();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		finally {
			this.context.close();
		}
	}

	private long left() {
		return Math.max(0, this.deadline - System.nanoTime());
	}

	private void haltIfArmed() throws InterruptedException {
		if (!this.armed) {
			return;
		}
		try {
			long time = left();
			long logPatience = Math.min(LOG_PATIENCE, time / 4);
			for (long left = left(); left > logPatience; left = left()) {
				Thread.interrupted();
				LockSupport.parkNanos(this, left - logPatience);
			}
			logHalt(logPatience);
		}
		finally {
			Runtime.getRuntime().halt(EXIT_CODE);
		}
	}

	private void logHalt(long patience) throws InterruptedException {
		CountDownLatch written = new CountDownLatch(1);
		this.log.error("The shutdown has not ended within " + format() + ": halting with exit code " + EXIT_CODE, null);
		this.log.awaitWritten(written);
		written.await(Math.max(patience, 1), TimeUnit.NANOSECONDS);
	}

	private String format() {
		return Durations.format(Duration.ofMillis(TimeUnit.NANOSECONDS.toMillis(this.within)));
	}

}
