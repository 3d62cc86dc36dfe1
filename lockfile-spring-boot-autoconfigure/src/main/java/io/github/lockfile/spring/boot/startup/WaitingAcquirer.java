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
import java.util.Collections;
import java.util.List;

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
 * Acquires the lock file, waiting for it as long as is configured, and logs what it does.
 */
final class WaitingAcquirer {

	private static final Log logger = LogFactory.getLog(WaitingAcquirer.class);

	/**
	 * How long it waits before it logs that it still does.
	 */
	private static final Duration REPORT_INTERVAL = Duration.ofSeconds(30);

	/**
	 * How long an attempt goes on that is not to wait. A holder that was about to write
	 * at the first look has written then, and a peer that was about to give up has done
	 * so.
	 */
	private static final Duration SECOND_LOOK = Duration.ofMillis(20);

	/**
	 * How long it goes on while the file says nothing: on a loaded host a holder may wait
	 * for the processor before it writes.
	 */
	private static final Duration UNTIL_WRITTEN = Duration.ofSeconds(1);

	private final LockLocation location;

	private final boolean named;

	private final ContentTemplate template;

	private final Duration timeout;

	private final NativeLocking locking;

	private final Duration reportInterval;

	/**
	 * Creates an acquirer.
	 * @param named whether the path has been configured, or the name that it is derived
	 * from
	 */
	WaitingAcquirer(LockLocation location, boolean named, LockFileProperties properties) {
		this(location, named, properties, REPORT_INTERVAL);
	}

	WaitingAcquirer(LockLocation location, boolean named, LockFileProperties properties, Duration reportInterval) {
		this.location = location;
		this.named = named;
		this.template = template(properties);
		this.timeout = properties.getTimeout();
		this.locking = properties.getNative();
		this.reportInterval = reportInterval;
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
		Duration attempt = Duration.ZERO;
		while (true) {
			try {
				return logged(attempt(this.location.path(), attempt), start, attempt);
			}
			catch (LockFileException ex) {
				Duration left = patience(ex).minusNanos(System.nanoTime() - start);
				if (left.isNegative() || left.isZero() || Thread.currentThread().isInterrupted()) {
					Duration waited = this.timeout.isZero() ? Duration.ZERO : Durations.since(start);
					throw new LockFileNotAcquiredException(ex, waited, this.location.isDefault());
				}
				if (!this.timeout.isZero()) {
					logWaiting(ex, start, attempt);
				}
				attempt = Collections.min(List.of(left, this.timeout.isZero() ? SECOND_LOOK : this.reportInterval));
			}
		}
	}

	/**
	 * Returns for how long to go on after a failure, from the start.
	 */
	private Duration patience(LockFileException failure) {
		if (failure instanceof LockFileHeldException held) {
			Duration least = held.holderContent().isEmpty() ? UNTIL_WRITTEN : SECOND_LOOK;
			return Collections.max(List.of(this.timeout, least));
		}
		return (failure instanceof LockFileUnavailableException unavailable && unavailable.isTransient()) ? this.timeout
				: Duration.ZERO;
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

	private void logWaiting(LockFileException failure, long start, Duration attempt) {
		String limit = Durations.format(this.timeout);
		logger.info(attempt.isZero() ? "%s; waiting at most %s".formatted(failure.getMessage(), limit)
				: "Still waiting after %d s, at most %s. %s"
					.formatted(Duration.ofNanos(System.nanoTime() - start).toSeconds(), limit, failure.getMessage()));
	}

	/**
	 * Returns a lock once it is in the log. If that fails, nobody would close it.
	 */
	private LockFile logged(LockFile lock, long start, Duration attempt) {
		boolean logged = false;
		try {
			logAcquired(lock, start, attempt);
			logged = true;
			return lock;
		}
		finally {
			if (!logged) {
				lock.close();
			}
		}
	}

	private void logAcquired(LockFile lock, long start, Duration attempt) {
		StringBuilder text = new StringBuilder("Acquired lock file '%s'".formatted(lock.path()));
		if (this.location.isDefault()) {
			text.append(", the default of 'lockfile.path'");
		}
		if (!attempt.isZero() && !this.timeout.isZero()) {
			text.append(" after waiting %d ms".formatted(Durations.since(start).toMillis()));
		}
		if (lock.isNative()) {
			text.append(", with a native lock");
		}
		if (!this.named) {
			text.append(". It has the name of a class, as another application may, too: set "
					+ "'spring.application.name' or 'lockfile.path'");
		}
		logger.info(text);
		if (!lock.isNative() && logger.isDebugEnabled()) {
			logger.debug("The lock is not native: %s".formatted(lock.whyNotNative()));
		}
	}

	private static InvalidConfigurationPropertyValueException invalidTemplate(String template,
			IllegalArgumentException ex) {
		String reason = String.valueOf(ex.getMessage());
		return new InvalidConfigurationPropertyValueException("lockfile.content-template", template,
				reason.endsWith(".") ? reason : reason + ".");
	}

}
