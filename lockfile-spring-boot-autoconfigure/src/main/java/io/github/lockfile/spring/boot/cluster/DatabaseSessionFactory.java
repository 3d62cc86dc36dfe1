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

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Properties;

import io.github.lockfile.spring.boot.cluster.ClusterUrl.Engine;

import org.springframework.core.env.Environment;

/**
 * Opens sessions over JDBC. It reads the URL and the credentials again for each one, so
 * that a password that was changed meanwhile is used.
 */
final class DatabaseSessionFactory implements ClusterSession.Factory {

	/**
	 * A cold JVM on a busy host needs more than a sixth of a short lease to connect. That
	 * harms nobody: the clock does not wait for it.
	 */
	private static final Duration SHORTEST_CONNECT_TIMEOUT = Duration.ofSeconds(5);

	/**
	 * More helps nobody. A long lease would otherwise make a server that says nothing
	 * look like one that is reached.
	 */
	private static final Duration LONGEST_CONNECT_TIMEOUT = Duration.ofSeconds(10);

	/**
	 * What the driver of MySQL asks each server for when it connects, and others do not
	 * have.
	 */
	private static final int UNKNOWN_VARIABLE = 1193;

	private final Environment environment;

	private final String name;

	private final Duration lease;

	private final String content;

	private final ClusterUrl start;

	private final PostgreSqlSession.Cluster cluster = new PostgreSqlSession.Cluster();

	/**
	 * Creates a factory.
	 * @param environment where the URL and the credentials are
	 * @param properties what does not change while the lock is held
	 * @param content what to show to operators
	 */
	DatabaseSessionFactory(Environment environment, ClusterProperties properties, String content) {
		this.environment = environment;
		this.name = String.valueOf(properties.getName());
		this.lease = properties.getLease();
		this.content = content;
		this.start = ClusterUrl.of(properties);
	}

	@Override
	public ClusterSession open() {
		ClusterProperties now = ClusterProperties.from(this.environment);
		ClusterUrl url = ClusterUrl.of(now);
		if (!url.leadsToTheSameAs(this.start)) {
			// The lock that is ours is in the database of the start: another instance may
			// hold it there while we hold one here.
			throw ClusterLockUnavailableException.passing(url.where(),
					"its URL has changed since the start, and the lock is one of " + database());
		}
		return session(now, url, connect(now, url));
	}

	/**
	 * Makes a session of a connection, or ends the connection.
	 * @param properties what is configured
	 * @param url where the connection leads
	 * @param connection the connection
	 * @return the session
	 */
	ClusterSession session(ClusterProperties properties, ClusterUrl url, Connection connection) {
		ClusterSession session = null;
		try {
			connection.setNetworkTimeout(Runnable::run, Math.toIntExact(LeaseClock.patience(this.lease).toMillis()));
			connection.setAutoCommit(true);
			session = session(url, connection);
			return session;
		}
		catch (SQLException ex) {
			throw failure(properties, url, ex);
		}
		catch (RuntimeException ex) {
			throw failure(url, ex);
		}
		finally {
			if (session == null) {
				DatabaseSession.abort(connection);
			}
		}
	}

	private ClusterSession session(ClusterUrl url, Connection connection) {
		return switch (url.engine()) {
			case POSTGRESQL ->
				new PostgreSqlSession(connection, url.where(), this.name, this.lease, this.content, this.cluster);
			case MARIADB -> new MariaDbSession(connection, url.where(), this.name, this.lease);
			case MYSQL -> new MySqlSession(connection, url.where(), this.name, this.lease);
		};
	}

	@Override
	public String database() {
		return this.start.where();
	}

	/**
	 * Returns how long a server may take to let us in.
	 * @return the duration
	 */
	Duration connectTimeout() {
		Duration patience = Collections.max(List.of(LeaseClock.patience(this.lease), SHORTEST_CONNECT_TIMEOUT));
		return Collections.min(List.of(patience, LONGEST_CONNECT_TIMEOUT));
	}

	private Connection connect(ClusterProperties properties, ClusterUrl url) {
		Properties user = new Properties();
		if (properties.getUsername() != null) {
			user.setProperty("user", properties.getUsername());
		}
		if (properties.getPassword() != null) {
			user.setProperty("password", properties.getPassword());
		}
		try {
			return url.connect(user, connectTimeout());
		}
		catch (SQLException ex) {
			throw failure(properties, url, ex);
		}
		catch (RuntimeException ex) {
			throw failure(url, ex);
		}
	}

	private static ClusterLockUnavailableException failure(ClusterUrl url, RuntimeException ex) {
		// The message of a driver's exception is not told: it may quote a password.
		return (ex instanceof ClusterLockUnavailableException unavailable) ? unavailable
				: ClusterLockUnavailableException.passing(url.where(), ex.getClass().getName());
	}

	private static ClusterLockUnavailableException failure(ClusterProperties properties, ClusterUrl url,
			SQLException ex) {
		String reason = url.reason(ex, properties.getPassword());
		if (url.engine() == Engine.MYSQL && ex.getErrorCode() == UNKNOWN_VARIABLE) {
			return ClusterLockUnavailableException.unfit(url.where(), "it is not MySQL itself: " + reason,
					"Use MySQL itself, or the driver of the database that it is: 'jdbc:mariadb:' for MariaDB.");
		}
		return DatabaseSession.failure(url.where(), ex, reason);
	}

}
