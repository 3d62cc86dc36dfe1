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

package io.github.lockfile.spring.boot.cluster;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.handler.IgnoreTopLevelConverterNotFoundBindHandler;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.convert.DurationUnit;
import org.springframework.core.env.Environment;
import org.springframework.util.StringUtils;

/**
 * Configuration properties of the cluster lock.
 */
@ConfigurationProperties("lockfile.cluster")
final class ClusterProperties {

	/**
	 * With less, whole seconds are too coarse for what is derived from it.
	 */
	private static final Duration SHORTEST_LEASE = Duration.ofSeconds(6);

	/**
	 * With more, half of it, after which the kernel of the database's host asks whether
	 * we are there, would not fit into the 32,767 seconds that Linux counts.
	 */
	private static final Duration LONGEST_LEASE = Duration.ofHours(12);

	/**
	 * Whether only one of the instances that share a database may run.
	 */
	private boolean enabled;

	/**
	 * Name of the lock. By default, 'spring.application.name'.
	 */
	private @Nullable String name;

	/**
	 * How long the database keeps the lock for an instance that vanished. If a unit is
	 * not specified, seconds will be used.
	 */
	@DurationUnit(ChronoUnit.SECONDS)
	private Duration lease = Duration.ofSeconds(60);

	/**
	 * JDBC URL of the database. By default, 'spring.datasource.url'. Set it to go past a
	 * connection pooler.
	 */
	private @Nullable String url;

	/**
	 * User of the database. By default, 'spring.datasource.username' if
	 * 'lockfile.cluster.url' is not set.
	 */
	private @Nullable String username;

	/**
	 * Password of the database. By default, 'spring.datasource.password' if neither
	 * 'lockfile.cluster.url' nor 'lockfile.cluster.username' is set.
	 */
	private @Nullable String password;

	private String urlProperty = "lockfile.cluster.url";

	private @Nullable String otherUrl;

	public boolean isEnabled() {
		return this.enabled;
	}

	public void setEnabled(boolean enabled) {
		this.enabled = enabled;
	}

	public @Nullable String getName() {
		return this.name;
	}

	public void setName(@Nullable String name) {
		this.name = name;
	}

	public Duration getLease() {
		return this.lease;
	}

	public void setLease(Duration lease) {
		this.lease = lease;
	}

	public @Nullable String getUrl() {
		return this.url;
	}

	public void setUrl(@Nullable String url) {
		this.url = url;
	}

	public @Nullable String getUsername() {
		return this.username;
	}

	public void setUsername(@Nullable String username) {
		this.username = username;
	}

	public @Nullable String getPassword() {
		return this.password;
	}

	public void setPassword(@Nullable String password) {
		this.password = password;
	}

	/**
	 * Returns where the URL comes from.
	 * @return the name of a property
	 */
	String urlProperty() {
		return this.urlProperty;
	}

	/**
	 * Returns a property that has a URL which only others see.
	 * @return its name, or {@code null} if there is none
	 */
	@Nullable String otherUrl() {
		return this.otherUrl;
	}

	static ClusterProperties from(Environment environment) {
		Binder binder = Binder.get(environment);
		// A variable LOCKFILE_CLUSTER is no property of ours.
		ClusterProperties properties = binder
			.bind("lockfile.cluster", Bindable.of(ClusterProperties.class),
					new IgnoreTopLevelConverterNotFoundBindHandler())
			.orElseGet(ClusterProperties::new);
		if (properties.lease.compareTo(SHORTEST_LEASE) < 0 || properties.lease.compareTo(LONGEST_LEASE) > 0) {
			throw new InvalidConfigurationPropertyValueException("lockfile.cluster.lease", properties.lease,
					"It must be 6 seconds or longer, and 12 hours at most.");
		}
		if (!StringUtils.hasText(properties.name)) {
			properties.name = defaultOf("name", binder, "spring.application.name");
		}
		if (!StringUtils.hasText(properties.name)) {
			throw new InvalidConfigurationPropertyValueException("lockfile.cluster.name", null,
					"It has no default, as 'spring.application.name' is not set.");
		}
		if (!StringUtils.hasText(properties.url)) {
			properties.url = defaultOf("url", binder, "spring.datasource.url");
			properties.urlProperty = "spring.datasource.url";
			properties.otherUrl = Stream.of("spring.datasource.hikari.jdbc-url", "spring.r2dbc.url")
				.filter(environment::containsProperty)
				.findFirst()
				.orElse(null);
			if (properties.username == null) {
				properties.username = defaultOf("username", binder, "spring.datasource.username");
				if (properties.password == null) {
					properties.password = defaultOf("password", binder, "spring.datasource.password");
				}
			}
		}
		return properties;
	}

	/**
	 * Returns what a property of ours is if it is not set: another property, as the data
	 * source reads it. The environment itself would not let a password with '${' in it
	 * pass, and would quote it.
	 */
	private static @Nullable String defaultOf(String ours, Binder binder, String property) {
		try {
			return binder.bind(property, String.class).orElse(null);
		}
		catch (BindException ex) {
			// Boot's report would show the value, which may have a password in it.
			throw new InvalidConfigurationPropertyValueException("lockfile.cluster." + ours, null,
					"It is not set, and its default, the value of '%s', cannot be read, probably because a placeholder in it leads back to itself."
						.formatted(property));
		}
	}

}
