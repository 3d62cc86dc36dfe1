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

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * A session over JDBC, by a connection of its own.
 */
abstract class DatabaseSession implements ClusterSession {

	/**
	 * Codes of MySQL and MariaDB for a user that may not connect, or not do what it must,
	 * and for a database that is not there: 1044 and 1045 access denied, 1049 unknown
	 * database, 1129 host blocked, 1130 host not allowed, 1142, 1227 and 1370 command
	 * denied, 1698 access denied, 1820 and 1862 password expired, 3118, 3955, 4150 and
	 * 4151 account locked, or blocked after too many wrong passwords.
	 */
	private static final Set<Integer> FINAL_CODES = Set.of(1044, 1045, 1049, 1129, 1130, 1142, 1227, 1370, 1698, 1820,
			1862, 3118, 3955, 4150, 4151);

	/**
	 * How MariaDB says it.
	 */
	private static final int CONNECTION_KILLED = 1927;

	private final Connection connection;

	private final String database;

	private volatile boolean broken;

	DatabaseSession(Connection connection, String database) {
		this.connection = connection;
		this.database = database;
	}

	/**
	 * Tells what waiting may mend from what somebody has to mend. A user whose logins
	 * fail again and again gets locked out.
	 */
	static ClusterLockUnavailableException failure(String database, SQLException ex, String reason) {
		String state = String.valueOf(ex.getSQLState());
		boolean needsSomebody = state.startsWith("28") || state.equals("3D000") || state.equals("42501")
				|| FINAL_CODES.contains(ex.getErrorCode());
		return needsSomebody
				? ClusterLockUnavailableException.unfit(database, reason,
						"See that the database exists, that the user and the password are right, and that this user "
								+ "may connect to it from here.")
				: ClusterLockUnavailableException.passing(database, reason);
	}

	static String firstLine(String message) {
		return message.replaceFirst("(?s)\\R.*", "").replaceFirst("[.:]\\s*$", "");
	}

	/**
	 * Returns the key of a lock, which is the same for each engine: the first 8 bytes of
	 * the SHA-256 of a text. So the engine's rules for names do not matter: MySQL and
	 * MariaDB fold case and take 64 characters.
	 * @param name the name of the lock
	 * @return the key, 16 hexadecimal digits
	 */
	static String key(String name) {
		try {
			byte[] text = ("io.github.lockfile:" + name).getBytes(StandardCharsets.UTF_8);
			return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text), 0, 8);
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException(ex);
		}
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
		// Whatever else is thrown may leave an answer unread, which would be taken for
		// that to the next question.
		boolean over = true;
		try {
			T result = call.on(this.connection);
			over = false;
			return result;
		}
		catch (SQLException ex) {
			over = !isAnswer(ex) || ex.getSuppressed().length > 0 || isOver(ex) || isClosed();
			throw failure(this.database, ex, firstLine(String.valueOf(ex.getMessage())));
		}
		catch (RuntimeException ex) {
			// Its message is the driver's, and may quote a password.
			throw passing(ex.getClass().getName());
		}
		finally {
			if (over) {
				this.broken = true;
			}
		}
	}

	/**
	 * Says whether it is the engine that has sent an error, as the answer to a statement.
	 * What a driver says by itself, because the heap is full for example, may leave a
	 * part of an answer unread.
	 */
	abstract boolean isAnswer(SQLException ex);

	/**
	 * Tells the end of a session from a statement that failed in one that goes on, as one
	 * that somebody has cancelled. A driver that waited for an answer in vain reports the
	 * former.
	 * @param ex what was thrown
	 * @return whether the session is over, or may be
	 */
	static boolean isOver(SQLException ex) {
		String state = ex.getSQLState();
		return state == null || state.startsWith("08") || state.startsWith("57P")
				|| ex.getErrorCode() == CONNECTION_KILLED;
	}

	private boolean isClosed() {
		try {
			return this.connection.isClosed();
		}
		catch (SQLException ex) {
			return true;
		}
	}

	final void execute(String sql) {
		call((connection) -> {
			try (PreparedStatement statement = connection.prepareStatement(sql)) {
				return statement.execute();
			}
		});
	}

	/**
	 * Asks for one row. What is true or a number is read as such: how it looks as text
	 * depends on the driver.
	 * @param <T> what is made of it
	 * @param row makes it
	 * @param sql the query
	 * @param arguments its arguments
	 * @return the result, or {@code null} if there is no row
	 */
	final <T> @Nullable T find(Row<T> row, String sql, Object... arguments) {
		Optional<T> found = call((connection) -> {
			try (PreparedStatement statement = connection.prepareStatement(sql)) {
				for (int i = 0; i < arguments.length; i++) {
					statement.setObject(i + 1, arguments[i]);
				}
				try (ResultSet rows = statement.executeQuery()) {
					return rows.next() ? Optional.ofNullable(row.of(rows)) : Optional.empty();
				}
			}
		});
		return found.orElse(null);
	}

	final <T> T get(Row<T> row, String sql, Object... arguments) {
		T value = find(row, sql, arguments);
		if (value == null) {
			throw passing("it did not answer a question");
		}
		return value;
	}

	/**
	 * Asks for one value.
	 * @param sql the query
	 * @param arguments its arguments
	 * @return whether it is true
	 */
	final boolean isTrue(String sql, Object... arguments) {
		return get((row) -> row.getBoolean(1), sql, arguments);
	}

	/**
	 * Frees the lock.
	 */
	abstract void unlock();

	@Override
	public final boolean isBroken() {
		return this.broken;
	}

	@Override
	public final void close() {
		boolean closed = false;
		try {
			if (!this.broken) {
				// The engine notices the end of a connection some milliseconds later, and
				// whoever closes may take the lock again at once.
				unlock();
				call((connection) -> {
					connection.close();
					return true;
				});
				closed = true;
			}
		}
		catch (RuntimeException ex) {
			// The lock ends with the connection.
		}
		finally {
			if (!closed) {
				abort();
			}
		}
	}

	@Override
	public final void abort() {
		this.broken = true;
		abort(this.connection);
	}

	static void abort(Connection connection) {
		try {
			connection.abort(Runnable::run);
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

	/**
	 * Something to make of a row.
	 *
	 * @param <T> the type of its result
	 */
	interface Row<T> {

		T of(ResultSet row) throws SQLException;

	}

}
