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
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * Ends the process with a given code within a given time, whatever the application does
 * meanwhile.
 */
final class BoundedShutdown {

	private static final Log logger = LogFactory.getLog(BoundedShutdown.class);

	private static final long LOG_PATIENCE_NANOS = 1_000_000_000;

	private final ConfigurableApplicationContext context;

	private final int exitCode;

	/**
	 * How long it may take to end the process; {@code null} if the process goes on.
	 */
	private final @Nullable Duration timeout;

	private BoundedShutdown(ConfigurableApplicationContext context, int exitCode, @Nullable Duration timeout) {
		this.context = context;
		this.exitCode = exitCode;
		this.timeout = timeout;
	}

	/**
	 * Creates a shutdown that closes the application and leaves the process to the other
	 * applications in it.
	 */
	static BoundedShutdown ofApplication(ConfigurableApplicationContext context) {
		return new BoundedShutdown(context, 0, null);
	}

	/**
	 * Creates a shutdown that ends the process. Its time begins now: when it is over, the
	 * process is halted, even if the shutdown has not begun.
	 */
	static BoundedShutdown ofProcess(ConfigurableApplicationContext context, int exitCode, Duration timeout) {
		BoundedShutdown shutdown = new BoundedShutdown(context, exitCode, timeout);
		long start = System.nanoTime();
		start("lockfile-halt", true, () -> shutdown.haltAfter(start, timeout));
		return shutdown;
	}

	/**
	 * Begins to shut down, on another thread.
	 * @param before runs first
	 */
	void begin(Runnable before) {
		// Unlike the watch, not a daemon: the JVM could end with the last other thread,
		// with 0.
		start("lockfile-shutdown", false, () -> {
			Duration timeout = this.timeout;
			if (timeout != null) {
				exit(before, timeout);
			}
			else {
				close(before);
			}
		});
	}

	private void exit(Runnable before, Duration timeout) {
		try {
			before.run();
			logger.info("Shutting down with exit code %d, within %s".formatted(this.exitCode, format(timeout)));
			// Without the hook of Boot (spring.main.register-shutdown-hook=false) nobody
			// else would close the context.
			SpringApplication.getShutdownHandlers().add(this.context::close);
		}
		catch (IllegalStateException ex) {
			// The JVM is shutting down already.
		}
		finally {
			// Not SpringApplication.exit: beans of the application could throw, hang or
			// choose another code before the exit has begun.
			System.exit(this.exitCode);
		}
	}

	private void close(Runnable before) {
		try {
			before.run();
			logger.info("Closing the application");
		}
		finally {
			this.context.close();
		}
	}

	private static void start(String name, boolean daemon, Runnable task) {
		Thread thread = new Thread(task, name);
		thread.setDaemon(daemon);
		thread.start();
	}

	private void haltAfter(long start, Duration timeout) {
		try {
			long nanos = TimeUnit.NANOSECONDS.convert(timeout);
			long logPatience = Math.min(LOG_PATIENCE_NANOS, nanos / 4);
			long last = nanos - logPatience;
			for (long left = last; left > 0; left = last - (System.nanoTime() - start)) {
				LockSupport.parkNanos(left);
			}
			// A log that hangs must not keep the process.
			Thread log = new Thread(() -> logger.error("The shutdown has not ended within %s: halting with exit code %d"
				.formatted(format(timeout), this.exitCode)), "lockfile-halt-log");
			log.setDaemon(true);
			log.start();
			TimeUnit.NANOSECONDS.timedJoin(log, Math.max(logPatience, 1));
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		finally {
			Runtime.getRuntime().halt(this.exitCode);
		}
	}

	private static String format(Duration duration) {
		return duration.toString().substring("PT".length()).toLowerCase(Locale.ROOT);
	}

}
