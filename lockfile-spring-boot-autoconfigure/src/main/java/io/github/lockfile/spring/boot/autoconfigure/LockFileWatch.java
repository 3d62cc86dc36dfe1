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

package io.github.lockfile.spring.boot.autoconfigure;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntConsumer;

import io.github.lockfile.LockFile;
import io.github.lockfile.Verification;
import io.github.lockfile.Verification.Status;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.LivenessState;
import org.springframework.context.ApplicationContext;
import org.springframework.context.SmartLifecycle;

/**
 * Verifies the lock at an interval, on a thread of its own, and reports what it finds.
 * Others read the last result here: a file system that hangs must not hang a probe.
 */
final class LockFileWatch implements SmartLifecycle {

	private static final Log logger = LogFactory.getLog(LockFileWatch.class);

	private static final int OVERDUE_INTERVALS = 3;

	private final LockFile lock;

	private final LockFileProperties properties;

	private final ApplicationContext context;

	private final IntConsumer exit;

	private final AtomicLong restored = new AtomicLong();

	private volatile Verification last;

	private volatile long finishedNanos;

	private volatile @Nullable ScheduledExecutorService executor;

	/**
	 * Creates a watch.
	 * @param exit ends the process with an exit code, if the process is ours to end
	 */
	LockFileWatch(LockFile lock, LockFileProperties properties, ApplicationContext context, IntConsumer exit) {
		this.lock = lock;
		this.properties = properties;
		this.context = context;
		this.exit = exit;
		this.last = new Verification(Status.HELD, "", lock.acquiredAt());
	}

	static @Nullable LockFileWatch of(@Nullable LockFile lock, LockFileProperties properties,
			ApplicationContext context, IntConsumer exit) {
		return (lock != null) ? new LockFileWatch(lock, properties, context, exit) : null;
	}

	/**
	 * Returns the first phase: the watch starts before and stops after all others.
	 */
	@Override
	public int getPhase() {
		return Integer.MIN_VALUE;
	}

	@Override
	@SuppressWarnings("FutureReturnValueIgnored") // verify() lets no exception pass
	public void start() {
		Duration interval = this.properties.getVerifyInterval();
		if (interval.isZero()) {
			return;
		}
		this.finishedNanos = System.nanoTime();
		ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor((task) -> {
			Thread thread = new Thread(task, "lockfile-watch");
			thread.setDaemon(true);
			return thread;
		});
		// Duration.toNanos() would throw for three centuries or more.
		long nanos = TimeUnit.NANOSECONDS.convert(interval);
		executor.scheduleWithFixedDelay(this::verify, nanos, nanos, TimeUnit.NANOSECONDS);
		this.executor = executor;
	}

	@Override
	public void stop() {
		ScheduledExecutorService executor = this.executor;
		if (executor != null) {
			// A verification that hangs is not waited for.
			executor.shutdown();
			this.executor = null;
		}
	}

	@Override
	public boolean isRunning() {
		return this.executor != null;
	}

	LockFile lock() {
		return this.lock;
	}

	/**
	 * Returns the last result, or that there should have been one since.
	 */
	Verification last() {
		Verification last = this.last;
		return !isOverdue() ? last : new Verification(Status.UNVERIFIED,
				"Verification has not finished since " + last.verifiedAt(), last.verifiedAt());
	}

	/**
	 * Returns how often the lock was repaired.
	 */
	long restored() {
		return this.restored.get();
	}

	boolean isHealthy() {
		Status status = this.last.status();
		return status != Status.LOST && status != Status.RELEASED && !isOverdue();
	}

	private boolean isOverdue() {
		return isRunning() && this.last.status() != Status.LOST
				&& Duration.ofNanos(System.nanoTime() - this.finishedNanos)
					.compareTo(this.properties.getVerifyInterval().multipliedBy(OVERDUE_INTERVALS)) > 0;
	}

	private void verify() {
		try {
			Verification before = this.last;
			Verification found = this.lock.verify();
			this.last = found;
			this.finishedNanos = System.nanoTime();
			report(before, found);
		}
		catch (RuntimeException ex) {
			// The executor would drop it, and all verifications after it.
			logger.error("Lock file '%s' could not be verified".formatted(this.lock.path()), ex);
		}
	}

	private void report(Verification before, Verification found) {
		String path = "Lock file '%s'".formatted(this.lock.path());
		switch (found.status()) {
			case HELD -> {
				if (before.status() == Status.UNVERIFIED) {
					logger.info(path + " is verified again");
				}
			}
			case RESTORED -> {
				this.restored.incrementAndGet();
				logger.warn(path + " has been repaired. " + found.reason());
			}
			case UNVERIFIED -> {
				if (!found.reason().equals(before.reason())) {
					logger.warn(path + " cannot be verified: " + found.reason());
				}
			}
			case LOST -> {
				if (before.status() != Status.LOST) {
					logger.error(path + " is lost: this is no longer the only instance. " + found.reason());
					onLost();
				}
			}
			case RELEASED -> logger.debug(path + " has been released");
		}
	}

	private void onLost() {
		try {
			AvailabilityChangeEvent.publish(this.context, LivenessState.BROKEN);
		}
		finally {
			// Whatever a listener of that event throws.
			if (this.properties.getOnLost() == LockFileProperties.OnLost.SHUTDOWN) {
				shutdown();
			}
		}
	}

	private void shutdown() {
		Thread thread = new Thread(() -> {
			SpringApplication.exit(this.context);
			this.exit.accept(LockFileNotAcquiredException.HELD);
		}, "lockfile-shutdown");
		// A daemon, as the watch is, could end with the last other thread, with code 0.
		thread.setDaemon(false);
		thread.start();
	}

}
