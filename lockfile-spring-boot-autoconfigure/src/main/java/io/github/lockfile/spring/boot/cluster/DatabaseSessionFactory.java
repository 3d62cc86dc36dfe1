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
	 * What the driver of MySQL asks each server for when it connects, and others do not
	 * have.
	 */
	private static final int UNKNOWN_VARIABLE = 1193;

	private final Environment environment;

	private final String name;

	private final Duration lease;

	private final String content;

	private final String database;

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
		this.database = ClusterUrl.of(properties).where();
	}

	@Override
	public ClusterSession open() {
		ClusterProperties now = ClusterProperties.from(this.environment);
		ClusterUrl url = ClusterUrl.of(now);
		Connection connection = connect(now, url);
		return switch (url.engine()) {
			case POSTGRESQL ->
				new PostgreSqlSession(connection, url.where(), this.name, this.lease, this.content, this.cluster);
			case MARIADB -> new MariaDbSession(connection, url.where(), this.name, this.lease);
			case MYSQL -> new MySqlSession(connection, url.where(), this.name, this.lease);
		};
	}

	@Override
	public String database() {
		return this.database;
	}

	private Connection connect(ClusterProperties properties, ClusterUrl url) {
		Duration patience = this.lease.dividedBy(6);
		Duration connectTimeout = (patience.compareTo(SHORTEST_CONNECT_TIMEOUT) > 0) ? patience
				: SHORTEST_CONNECT_TIMEOUT;
		Properties info = new Properties();
		if (properties.getUsername() != null) {
			info.setProperty("user", properties.getUsername());
		}
		if (properties.getPassword() != null) {
			info.setProperty("password", properties.getPassword());
		}
		// A server that accepts the connection and says nothing would be waited for for
		// ever.
		if (url.engine() == Engine.POSTGRESQL) {
			// Pgpool-II looks only at what comes by the simple protocol, and must be
			// asked.
			info.setProperty("preferQueryMode", "extendedForPrepared");
			info.setProperty("connectTimeout", Long.toString(connectTimeout.toSeconds()));
			info.setProperty("loginTimeout", Long.toString(connectTimeout.toSeconds()));
		}
		else {
			info.setProperty("connectTimeout", Long.toString(connectTimeout.toMillis()));
			info.setProperty("socketTimeout", Long.toString(connectTimeout.toMillis()));
		}
		try {
			Connection connection = url.engine().driver().connect(url.text(), info);
			if (connection == null) {
				throw new SQLException("The driver does not accept the URL");
			}
			connection.setNetworkTimeout(Runnable::run, Math.toIntExact(patience.toMillis()));
			connection.setAutoCommit(true);
			return connection;
		}
		catch (SQLException ex) {
			String reason = url.reason(ex, properties.getPassword());
			if (url.engine() == Engine.MYSQL && ex.getErrorCode() == UNKNOWN_VARIABLE) {
				throw ClusterLockUnavailableException.unfit(url.where(), "it is not MySQL itself: " + reason,
						"Use MySQL itself, or the driver of the database that it is: 'jdbc:mariadb:' for MariaDB.");
			}
			throw DatabaseSession.failure(url.where(), ex, reason);
		}
	}

}
