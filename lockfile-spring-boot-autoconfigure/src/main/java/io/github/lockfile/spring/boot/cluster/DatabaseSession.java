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
import java.sql.Driver;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Locale;
import java.util.Properties;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.core.env.Environment;
import org.springframework.util.StringUtils;

/**
 * A connection of its own, never one of a pool's: a pool closes connections as it likes.
 */
abstract class DatabaseSession implements ClusterSession {

	private static final String POSTGRESQL = "jdbc:postgresql:";

	private static final String MARIADB = "jdbc:mariadb:";

	/**
	 * A cold JVM on a busy host needs more than a sixth of a short lease to connect. That
	 * harms nobody: the clock does not wait for it.
	 */
	private static final Duration SHORTEST_CONNECT_TIMEOUT = Duration.ofSeconds(5);

	private final Connection connection;

	private final String database;

	private volatile boolean broken;

	DatabaseSession(Connection connection, String database) {
		this.connection = connection;
		this.database = database;
	}

	/**
	 * Returns a factory that reads the URL and the credentials anew for each session, so
	 * that a password that was changed meanwhile is used.
	 * @param environment where they are
	 * @param properties what does not change while the lock is held
	 * @param content what to show to operators
	 * @return the factory
	 */
	static Factory factory(Environment environment, ClusterProperties properties, String content) {
		String name = String.valueOf(properties.getName());
		Duration lease = properties.getLease();
		String database = database(properties);
		return new Factory() {

			@Override
			public ClusterSession open() {
				return DatabaseSession.open(ClusterProperties.from(environment), name, lease, content);
			}

			@Override
			public String database() {
				return database;
			}

		};
	}

	static void validate(ClusterProperties properties) {
		requireKnownEngine(properties);
	}

	private static ClusterSession open(ClusterProperties properties, String name, Duration lease, String content) {
		requireKnownEngine(properties);
		String database = database(properties);
		try {
			return String.valueOf(properties.getUrl()).startsWith(POSTGRESQL)
					? new PostgreSqlSession(connect(properties, lease, org.postgresql.Driver::new), database, name,
							lease, content)
					: new MariaDbSession(connect(properties, lease, org.mariadb.jdbc.Driver::new), database, name,
							lease);
		}
		catch (NoClassDefFoundError ex) {
			throw ClusterLockUnavailableException.unfit(database, "its JDBC driver is not on the class path",
					"Add the driver, 'org.postgresql:postgresql' or 'org.mariadb.jdbc:mariadb-java-client'.");
		}
	}

	private static void requireKnownEngine(ClusterProperties properties) {
		String url = properties.getUrl();
		if (!StringUtils.hasText(url)) {
			throw new InvalidConfigurationPropertyValueException("lockfile.cluster.url", null,
					"It has no default, as 'spring.datasource.url' is not set. The cluster lock is taken before any bean "
							+ "exists, so it cannot see a database that Docker Compose, Testcontainers, JNDI or a bean "
							+ "brings.");
		}
		if (!url.startsWith(POSTGRESQL) && !url.startsWith(MARIADB)) {
			throw ClusterLockUnavailableException.unfit(database(properties),
					"it is neither PostgreSQL nor MariaDB, or is reached by a driver that is not theirs",
					"Set 'lockfile.cluster.url' to a URL that begins with '" + POSTGRESQL + "' or '" + MARIADB + "'.");
		}
	}

	/**
	 * Returns the URL without what may be secret in it.
	 * @param properties the properties
	 * @return for example {@code postgresql://host/database}
	 */
	private static String database(ClusterProperties properties) {
		String url = String.valueOf(properties.getUrl());
		if (!url.startsWith(POSTGRESQL) && !url.startsWith(MARIADB)) {
			// It is not known where other drivers have secrets in their URLs.
			return "The database of '%s'".formatted(url.replaceFirst("(?s)^(jdbc:[a-z0-9-]{1,20}):.*", "$1"));
		}
		return url.substring("jdbc:".length()).replaceFirst("(?s)[?;].*", "").replaceFirst("//[^/]*@", "//");
	}

	private static Connection connect(ClusterProperties properties, Duration lease, Supplier<Driver> driver) {
		String url = String.valueOf(properties.getUrl());
		Duration patience = lease.dividedBy(6);
		Duration connectTimeout = (patience.compareTo(SHORTEST_CONNECT_TIMEOUT) > 0) ? patience
				: SHORTEST_CONNECT_TIMEOUT;
		Properties info = new Properties();
		if (properties.getUsername() != null) {
			info.setProperty("user", properties.getUsername());
		}
		if (properties.getPassword() != null) {
			info.setProperty("password", properties.getPassword());
		}
		if (url.startsWith(POSTGRESQL)) {
			// Or a server that accepts and says nothing would be waited for forever.
			info.setProperty("connectTimeout", Long.toString(connectTimeout.toSeconds()));
			info.setProperty("loginTimeout", Long.toString(connectTimeout.toSeconds()));
		}
		else {
			info.setProperty("connectTimeout", Long.toString(connectTimeout.toMillis()));
			info.setProperty("socketTimeout", Long.toString(connectTimeout.toMillis()));
		}
		try {
			Connection connection = driver.get().connect(url, info);
			if (connection == null) {
				throw new SQLException("The driver does not accept the URL");
			}
			connection.setNetworkTimeout(Runnable::run, Math.toIntExact(patience.toMillis()));
			return connection;
		}
		catch (SQLException ex) {
			throw ClusterLockUnavailableException.passing(database(properties), reason(ex, url, info));
		}
	}

	/**
	 * Returns what the driver says, or less if it quotes what may be secret.
	 */
	private static String reason(SQLException ex, String url, Properties info) {
		String message = String.valueOf(ex.getMessage());
		String parameters = url.replaceFirst("(?s)^[^?;]*[?;]?", "");
		boolean secret = message.toLowerCase(Locale.ROOT).contains("jdbc:");
		for (String parameter : parameters.split("[&;]")) {
			String value = parameter.substring(parameter.indexOf('=') + 1);
			secret |= !value.isEmpty() && !parameter.startsWith("user=") && message.contains(value);
		}
		String password = info.getProperty("password", "");
		secret |= !password.isEmpty() && message.contains(password);
		return secret ? "SQL state " + ex.getSQLState() : firstLine(message);
	}

	private static String firstLine(String message) {
		return message.replaceFirst("(?s)\\R.*", "").replaceFirst("[.:]\\s*$", "");
	}

	final ClusterLockUnavailableException passing(String reason) {
		return ClusterLockUnavailableException.passing(this.database, reason);
	}

	final ClusterLockUnavailableException unfit(String reason, String remedy) {
		return ClusterLockUnavailableException.unfit(this.database, reason, remedy);
	}

	/**
	 * Makes the session ready, or closes it.
	 * @param checks what to do with it
	 */
	final void prepare(Runnable checks) {
		boolean ready = false;
		try {
			checks.run();
			ready = true;
		}
		finally {
			if (!ready) {
				abort();
			}
		}
	}

	final <T> T call(SqlCall<T> call) {
		try {
			return call.on(this.connection);
		}
		catch (SQLException ex) {
			this.broken = true;
			throw passing(firstLine(String.valueOf(ex.getMessage())));
		}
	}

	/**
	 * Asks for one row.
	 * @param sql the query
	 * @param arguments its arguments
	 * @return the columns as text, or {@code null} if there is no row
	 */
	final @Nullable String @Nullable [] row(String sql, Object... arguments) {
		@Nullable String[] row = call((connection) -> {
			try (PreparedStatement statement = connection.prepareStatement(sql)) {
				for (int i = 0; i < arguments.length; i++) {
					statement.setObject(i + 1, arguments[i]);
				}
				try (ResultSet rows = statement.executeQuery()) {
					@Nullable String[] columns = new String[rows.next() ? rows.getMetaData().getColumnCount() : 0];
					for (int i = 0; i < columns.length; i++) {
						columns[i] = rows.getString(i + 1);
					}
					return columns;
				}
			}
		});
		return (row.length > 0) ? row : null;
	}

	final @Nullable String value(String sql, Object... arguments) {
		@Nullable String[] row = row(sql, arguments);
		return (row != null) ? row[0] : null;
	}

	/**
	 * Frees the lock.
	 */
	abstract void unlock();

	@Override
	public final void close() {
		if (!this.broken) {
			try {
				// Not left to the end of the connection: the engine notices that some
				// milliseconds later, and whoever closes may take the lock anew at once.
				unlock();
				call((connection) -> {
					connection.close();
					return true;
				});
				return;
			}
			catch (ClusterLockUnavailableException ex) {
				// It is broken, and has no lock any more.
			}
		}
		abort();
	}

	@Override
	public final void abort() {
		this.broken = true;
		try {
			this.connection.abort(Runnable::run);
		}
		catch (SQLException ex) {
			// It is gone already.
		}
	}

	/**
	 * Something to do with the connection.
	 *
	 * @param <T> the type of its result
	 */
	interface SqlCall<T> {

		T on(Connection connection) throws SQLException;

	}

}
