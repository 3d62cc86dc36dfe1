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

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import io.github.lockfile.ContentTemplate;
import io.github.lockfile.LockFile;
import io.github.lockfile.LockFileException;
import io.github.lockfile.LockFileHeldException;
import io.github.lockfile.LockFileUnavailableException;
import io.github.lockfile.NativeLocking;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;

/**
 * Acquires the lock, waiting for it as long as is configured, and logs what it does.
 */
final class LockAcquirer {

	private static final Log logger = LogFactory.getLog(LockAcquirer.class);

	/**
	 * How long it waits before it logs that it still does.
	 */
	private static final Duration SLICE = Duration.ofSeconds(30);

	/**
	 * When an attempt that does not wait looks again. A holder that was about to write at
	 * the first look has written then, and a peer that was about to give up has done so.
	 */
	private static final long SECOND_LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

	/**
	 * How long it looks on while the file says nothing: on a loaded host a holder may
	 * wait for the processor before it writes.
	 */
	private static final long SILENCE_NANOS = TimeUnit.SECONDS.toNanos(1);

	private final LockLocation location;

	private final ContentTemplate template;

	private final Duration timeout;

	private final NativeLocking locking;

	private final Duration slice;

	LockAcquirer(LockLocation location, LockFileProperties properties) {
		this(location, properties, SLICE);
	}

	LockAcquirer(LockLocation location, LockFileProperties properties, Duration slice) {
		this.location = location;
		this.template = template(properties);
		this.timeout = properties.getTimeout();
		this.locking = properties.getNative();
		this.slice = slice;
	}

	private static ContentTemplate template(LockFileProperties properties) {
		try {
			return ContentTemplate.of(properties.getContentTemplate());
		}
		catch (IllegalArgumentException ex) {
			throw invalidTemplate(properties.getContentTemplate(), ex);
		}
	}

	/**
	 * Acquires the lock.
	 * @throws LockFileNotAcquiredException if somebody else holds it or the path cannot
	 * be used
	 */
	LockFile acquire() {
		long start = System.nanoTime();
		try {
			LockFile lock = attempt(this.location.path(), Duration.ZERO);
			return acquired(lock, this.location.isDefault() ? ", the default of 'lockfile.path'" : "");
		}
		catch (LockFileException ex) {
			if (!this.timeout.isZero() && isWorthWaiting(ex)) {
				return waitFor(start, ex);
			}
			if (ex instanceof LockFileHeldException) {
				return lookAgain(start);
			}
			throw new LockFileNotAcquiredException(ex, Duration.ZERO, this.location.isDefault());
		}
	}

	private static LockFile acquired(LockFile lock, String how) {
		logger.info("Acquired lock file '%s'%s%s".formatted(lock.path(), how,
				lock.isNative() ? ", with a native lock" : ""));
		if (!lock.isNative() && logger.isDebugEnabled()) {
			logger.debug("The lock is not native: %s".formatted(lock.whyNotNative()));
		}
		return lock;
	}

	private LockFile lookAgain(long start) {
		while (true) {
			LockSupport.parkNanos(SECOND_LOOK_NANOS);
			try {
				return acquired(attempt(this.location.path(), Duration.ZERO), "");
			}
			catch (LockFileException ex) {
				boolean silent = ex instanceof LockFileHeldException held && held.holderContent().isEmpty();
				if (!silent || System.nanoTime() - start > SILENCE_NANOS || Thread.currentThread().isInterrupted()) {
					throw new LockFileNotAcquiredException(ex, Duration.ZERO, this.location.isDefault());
				}
			}
		}
	}

	private LockFile waitFor(long start, LockFileException first) {
		logger.info("%s; waiting at most %s".formatted(first.getMessage(), Durations.format(this.timeout)));
		while (true) {
			Duration remaining = remaining(start);
			boolean lastSlice = remaining.compareTo(this.slice) <= 0;
			try {
				LockFile lock = attempt(this.location.path(), lastSlice ? remaining : this.slice);
				return acquired(lock, " after waiting %d ms".formatted(Durations.since(start).toMillis()));
			}
			catch (LockFileException ex) {
				if (lastSlice || !isWorthWaiting(ex) || Thread.currentThread().isInterrupted()) {
					throw new LockFileNotAcquiredException(ex, Durations.since(start), this.location.isDefault());
				}
				logger.info("Still waiting after %d s, at most %s. %s".formatted(
						Duration.ofNanos(System.nanoTime() - start).toSeconds(), Durations.format(this.timeout),
						ex.getMessage()));
			}
		}
	}

	/**
	 * Returns what is left of the time to wait.
	 */
	Duration remaining(long start) {
		Duration remaining = this.timeout.minusNanos(System.nanoTime() - start);
		return remaining.isNegative() ? Duration.ZERO : remaining;
	}

	private LockFile attempt(Path path, Duration timeout) {
		try {
			return LockFile.acquire(path, this.template, timeout, this.locking);
		}
		catch (IllegalArgumentException ex) {
			throw invalidTemplate(this.template.toString(), ex);
		}
	}

	private static boolean isWorthWaiting(LockFileException ex) {
		return ex instanceof LockFileHeldException
				|| (ex instanceof LockFileUnavailableException unavailable && unavailable.isTransient());
	}

	private static InvalidConfigurationPropertyValueException invalidTemplate(String template,
			IllegalArgumentException ex) {
		String reason = String.valueOf(ex.getMessage());
		return new InvalidConfigurationPropertyValueException("lockfile.content-template", template,
				reason.endsWith(".") ? reason : reason + ".");
	}

}
