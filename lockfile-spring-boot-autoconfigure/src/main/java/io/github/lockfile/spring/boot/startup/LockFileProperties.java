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
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;

import io.github.lockfile.NativeLocking;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.convert.DurationUnit;

/**
 * Configuration properties of the lock file. They are bound once, before there are beans.
 * This is a class with setters, since to bind a record takes twice as long, at the start
 * of every application.
 */
@ConfigurationProperties("lockfile")
final class LockFileProperties {

	/**
	 * Whether to take the lock at startup.
	 */
	private boolean enabled = true;

	/**
	 * Location of the lock file. By default, a file in the directory for temporary files,
	 * named after 'spring.application.name' or else the class of the application.
	 */
	private @Nullable String path;

	/**
	 * What to record in the lock file. Can use '{pid}', '{hostname}', '{user}' and
	 * '{timestamp}'. If empty, nothing is recorded.
	 */
	private String contentTemplate = "{pid}";

	/**
	 * How long to wait at startup for the running instance to release the lock. If a unit
	 * is not specified, seconds will be used.
	 */
	@DurationUnit(ChronoUnit.SECONDS)
	private Duration timeout = Duration.ofSeconds(0);

	/**
	 * How often to verify that the lock is still held. If zero, it is not verified. If a
	 * unit is not specified, seconds will be used.
	 */
	@DurationUnit(ChronoUnit.SECONDS)
	private Duration verifyInterval = Duration.ofSeconds(1);

	/**
	 * What to do if the lock is lost.
	 */
	private OnLost onLost = OnLost.REPORT;

	/**
	 * How long a shutdown for a lost lock may take before the process is halted. By
	 * default, 30 seconds longer than 'spring.lifecycle.timeout-per-shutdown-phase'. If a
	 * unit is not specified, seconds will be used.
	 */
	@DurationUnit(ChronoUnit.SECONDS)
	private @Nullable Duration shutdownTimeout;

	/**
	 * Whether to take a native lock.
	 */
	private NativeLocking nativeLocking = NativeLocking.AUTO;

	public boolean isEnabled() {
		return this.enabled;
	}

	public void setEnabled(boolean enabled) {
		this.enabled = enabled;
	}

	public @Nullable String getPath() {
		return this.path;
	}

	public void setPath(@Nullable String path) {
		this.path = path;
	}

	public String getContentTemplate() {
		return this.contentTemplate;
	}

	public void setContentTemplate(String contentTemplate) {
		this.contentTemplate = contentTemplate;
	}

	public Duration getTimeout() {
		return this.timeout;
	}

	public void setTimeout(Duration timeout) {
		this.timeout = timeout;
	}

	public Duration getVerifyInterval() {
		return this.verifyInterval;
	}

	public void setVerifyInterval(Duration verifyInterval) {
		this.verifyInterval = verifyInterval;
	}

	public OnLost getOnLost() {
		return this.onLost;
	}

	public void setOnLost(OnLost onLost) {
		this.onLost = onLost;
	}

	public @Nullable Duration getShutdownTimeout() {
		return this.shutdownTimeout;
	}

	public void setShutdownTimeout(@Nullable Duration shutdownTimeout) {
		this.shutdownTimeout = shutdownTimeout;
	}

	public NativeLocking getNative() {
		return this.nativeLocking;
	}

	public void setNative(NativeLocking nativeLocking) {
		this.nativeLocking = nativeLocking;
	}

	/**
	 * Returns all values by name, to compare them with those bound at another time.
	 */
	Map<String, Object> values() {
		Map<String, Object> values = new LinkedHashMap<>();
		values.put("lockfile.enabled", this.enabled);
		values.put("lockfile.path", String.valueOf(this.path));
		values.put("lockfile.content-template", this.contentTemplate);
		values.put("lockfile.timeout", this.timeout);
		values.put("lockfile.verify-interval", this.verifyInterval);
		values.put("lockfile.on-lost", this.onLost);
		values.put("lockfile.shutdown-timeout", String.valueOf(this.shutdownTimeout));
		values.put("lockfile.native", this.nativeLocking);
		return values;
	}

	/**
	 * Refuses values that binding accepts, with the property's name for the failure
	 * report.
	 */
	void validate() {
		requireNotNegative("lockfile.timeout", this.timeout, "Use '0s' not to wait.");
		requireNotNegative("lockfile.verify-interval", this.verifyInterval, "Use '0s' not to verify.");
		if (this.shutdownTimeout != null) {
			requireNotNegative("lockfile.shutdown-timeout", this.shutdownTimeout, "Use '0s' to halt at once.");
		}
		if (this.onLost == OnLost.SHUTDOWN && this.verifyInterval.isZero()) {
			throw new InvalidConfigurationPropertyValueException("lockfile.on-lost", "shutdown",
					"With 'lockfile.verify-interval=0s' nothing would notice a lost lock. Set an interval, or "
							+ "use 'report'.");
		}
	}

	private static void requireNotNegative(String property, Duration value, String remedy) {
		if (value.isNegative()) {
			throw new InvalidConfigurationPropertyValueException(property, value, "It must not be negative. " + remedy);
		}
	}

	/**
	 * What to do if the lock is lost.
	 */
	enum OnLost {

		/**
		 * Log an error, and report the application as down and broken.
		 */
		REPORT,

		/**
		 * Report, then shut the application down with exit code 75.
		 */
		SHUTDOWN

	}

}
