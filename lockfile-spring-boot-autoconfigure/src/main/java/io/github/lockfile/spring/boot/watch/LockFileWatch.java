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
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

import io.github.lockfile.LockFile;
import io.github.lockfile.Verification;
import io.github.lockfile.Verification.Status;
import io.github.lockfile.spring.boot.failure.ExitCodes;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.SmartLifecycle;

/**
 * The watch on the lock of the application: the bean {@code lockFileWatch}. It verifies
 * the lock at an interval, on a thread of its own, and tells the application what it
 * finds.
 * <p>
 * It knows the result of the last verification. Asking it touches no file, so a file
 * system that hangs does not hang the caller. Between two verifications a lock may be
 * gone unnoticed.
 * <p>
 * It runs from the moment the lock is taken, before the first bean, until the lock is
 * released or lost. Stopping the context does not stop it, since the lock is still held
 * then.
 *
 * @since 0.1.0
 */
public final class LockFileWatch implements SmartLifecycle {

	private static final Log logger = LogFactory.getLog(LockFileWatch.class);

	private static final int OVERDUE_INTERVALS = 3;

	/**
	 * With a short interval, a pause of the machine must not turn health down.
	 */
	private static final Duration OVERDUE_AT_LEAST = Duration.ofSeconds(30);

	/**
	 * An application that has not started yet has nothing to close gracefully, and its
	 * context cannot be closed before its refresh ends.
	 */
	private static final Duration SHUTDOWN_WHILE_STARTING = Duration.ofSeconds(5);

	private final LockFile lock;

	private final WatchSettings settings;

	private final ConfigurableApplicationContext context;

	private final ApplicationEvents events;

	private final Runnable beforeRefresh;

	private final LongSupplier nanoTime;

	private final AtomicLong restored = new AtomicLong();

	private volatile Verification last;

	private volatile @Nullable Verification lastRepair;

	private volatile long finishedNanos;

	private volatile boolean released;

	/**
	 * No method has its type: Spring would load that in applications that do not use it.
	 */
	volatile @Nullable ClusterLockWatch cluster;

	private volatile @Nullable ScheduledExecutorService executor;

	LockFileWatch(LockFile lock, WatchSettings settings, ConfigurableApplicationContext context, Runnable beforeRefresh,
			LongSupplier nanoTime) {
		this.lock = lock;
		this.settings = settings;
		this.context = context;
		this.events = new ApplicationEvents(context);
		this.beforeRefresh = beforeRefresh;
		this.nanoTime = nanoTime;
		this.last = new Verification(Status.HELD, "", lock.acquiredAt());
	}

	/**
	 * Starts to watch a lock. For the startup of the starter only.
	 * @param lock the lock
	 * @param settings how to watch it
	 * @param context the context to tell of what is found; need not be refreshed yet
	 * @param beforeRefresh runs before each verification until the context is refreshed
	 * @return the running watch
	 */
	public static LockFileWatch start(LockFile lock, WatchSettings settings, ConfigurableApplicationContext context,
			Runnable beforeRefresh) {
		LockFileWatch watch = new LockFileWatch(lock, settings, context, beforeRefresh, System::nanoTime);
		context.addApplicationListener(watch.events);
		watch.schedule();
		return watch;
	}

	@SuppressWarnings("FutureReturnValueIgnored") // verify() lets nothing pass
	void schedule() {
		this.finishedNanos = this.nanoTime.getAsLong();
		if (this.settings.interval().isZero()) {
			return;
		}
		ScheduledExecutorService executor = Executors
			.newSingleThreadScheduledExecutor(ApplicationEvents.daemonThread("lockfile-watch"));
		// Duration.toNanos() would throw for three centuries or more.
		long nanos = TimeUnit.NANOSECONDS.convert(this.settings.interval());
		executor.scheduleWithFixedDelay(this::verify, nanos, nanos, TimeUnit.NANOSECONDS);
		this.executor = executor;
	}

	/**
	 * Verifies the lock now, without waiting for the result. For the startup of the
	 * starter only.
	 */
	public void verifyNow() {
		ScheduledExecutorService executor = this.executor;
		if (executor != null) {
			executor.execute(this::verify);
		}
		else {
			verify();
		}
	}

	/**
	 * Takes the cluster lock, too. For the startup of the starter only.
	 * @param timeout how long to wait for it
	 */
	public void acquireClusterLock(Duration timeout) {
		this.cluster = ClusterLockWatch.acquire(this, this.context, this.events, timeout);
	}

	/**
	 * Ends the watch and releases the locks. For the startup of the starter only.
	 */
	public void release() {
		this.released = true;
		end();
		try {
			ClusterLockWatch cluster = this.cluster;
			if (cluster != null) {
				cluster.release();
			}
		}
		finally {
			this.events.close();
			this.lock.close();
		}
	}

	private void end() {
		ScheduledExecutorService executor = this.executor;
		if (executor != null) {
			// Do not wait for a verification that hangs.
			executor.shutdown();
			this.executor = null;
		}
	}

	/**
	 * Does nothing: the watch has been running since the lock was taken.
	 */
	@Override
	public void start() {
	}

	/**
	 * Does nothing: the lock is watched as long as it is held.
	 */
	@Override
	public void stop() {
	}

	@Override
	public boolean isRunning() {
		return this.executor != null;
	}

	/**
	 * Returns false: {@link #start()} has nothing to do.
	 */
	@Override
	public boolean isAutoStartup() {
		return false;
	}

	@Override
	public int getPhase() {
		return Integer.MIN_VALUE;
	}

	/**
	 * Returns the lock that is watched. Closing it releases the lock while the
	 * application goes on; the watch reports that.
	 * @return the lock
	 */
	public LockFile lockFile() {
		return this.lock;
	}

	/**
	 * Returns whether there is a cluster lock, too: see {@link ClusterLockWatch#of}.
	 * @return whether there is
	 */
	public boolean isClustered() {
		return this.cluster != null;
	}

	/**
	 * Returns the result of the last verification, or a doubt that there should have been
	 * one since. Touches no file.
	 * @return the result; that the lock is held, at first
	 */
	public Verification verification() {
		Verification last = this.last;
		return !isOverdue() ? last : new Verification(Status.UNVERIFIED,
				"Verification has not finished since " + last.verifiedAt(), last.verifiedAt());
	}

	/**
	 * Returns whether nothing is known to be wrong: the lock is neither lost nor
	 * released, and verifications end in time. A doubt is no fault.
	 * @return whether the application may go on
	 */
	public boolean isHealthy() {
		Status status = this.last.status();
		return status != Status.LOST && status != Status.RELEASED && !isOverdue();
	}

	/**
	 * Returns how often the lock was repaired.
	 * @return the number of verifications that repaired it
	 */
	public long restored() {
		return this.restored.get();
	}

	/**
	 * Returns the last verification that repaired the lock: when, and what was wrong.
	 * @return the verification; {@code null} if nothing has been repaired
	 */
	public @Nullable Verification lastRepair() {
		return this.lastRepair;
	}

	private boolean isOverdue() {
		Duration allowed = this.settings.interval().multipliedBy(OVERDUE_INTERVALS);
		if (allowed.compareTo(OVERDUE_AT_LEAST) < 0) {
			allowed = OVERDUE_AT_LEAST;
		}
		return isRunning() && Duration.ofNanos(this.nanoTime.getAsLong() - this.finishedNanos).compareTo(allowed) > 0;
	}

	void verify() {
		try {
			if (!this.events.isRefreshed()) {
				this.beforeRefresh.run();
			}
			Verification before = this.last;
			if (this.released || before.status() == Status.LOST || before.status() == Status.RELEASED) {
				return;
			}
			Verification found = this.lock.verify();
			if (this.released) {
				return;
			}
			this.last = found;
			this.finishedNanos = this.nanoTime.getAsLong();
			if (logger.isDebugEnabled()) {
				logger.debug("Verified lock file '%s': %s".formatted(this.lock.path(), found));
			}
			report(before, found);
		}
		catch (RuntimeException | Error ex) {
			// The executor would drop it, and all verifications after it.
			logger.error("Lock file '%s' could not be verified".formatted(this.lock.path()), ex);
		}
	}

	private void report(Verification before, Verification found) {
		if (found.status() == Status.HELD && before.status() != Status.UNVERIFIED) {
			return;
		}
		String path = "Lock file '%s'".formatted(this.lock.path());
		switch (found.status()) {
			case HELD -> logger.info(path + " is verified again");
			case RESTORED -> {
				this.restored.incrementAndGet();
				this.lastRepair = found;
				logger.warn(path + " has been repaired. " + found.reason());
				this.events.publish(new LockFileRestoredEvent(this.context, this.lock, found));
			}
			case UNVERIFIED -> {
				if (!found.reason().equals(before.reason())) {
					logger.warn(path + " cannot be verified: " + found.reason());
					this.events.publish(new LockFileDoubtEvent(this.context, this.lock, found));
				}
			}
			case LOST -> lost(path, found);
			case RELEASED -> {
				end();
				logger.warn(path + " has been released by the application itself: another instance may start");
			}
		}
	}

	private void lost(String path, Verification found) {
		end();
		BoundedShutdown shutdown = shutdownIfLost();
		try {
			logger.error(path + " is lost: this is no longer the only instance. " + found.reason());
			this.events.publish(new LockFileLostEvent(this.context, this.lock, found));
			this.events.publishBroken();
		}
		finally {
			if (shutdown != null) {
				shutdown.begin(this.events::awaitPublished);
			}
		}
	}

	@Nullable BoundedShutdown shutdownIfLost() {
		return shutdownIfLost(this.settings.shutdownTimeout());
	}

	/**
	 * Returns the shutdown that is configured for a lost lock. If it ends the process,
	 * its time begins now.
	 * @param timeout how long it may take
	 */
	@Nullable BoundedShutdown shutdownIfLost(Duration timeout) {
		if (!this.settings.shutdownOnLost()) {
			return null;
		}
		if (!this.settings.ownsProcess()) {
			return BoundedShutdown.ofApplication(this.context);
		}
		if (!this.events.isRefreshed() && timeout.compareTo(SHUTDOWN_WHILE_STARTING) > 0) {
			return BoundedShutdown.ofProcess(this.context, ExitCodes.NOT_THE_ONLY_INSTANCE, SHUTDOWN_WHILE_STARTING);
		}
		return BoundedShutdown.ofProcess(this.context, ExitCodes.NOT_THE_ONLY_INSTANCE, timeout);
	}

}
