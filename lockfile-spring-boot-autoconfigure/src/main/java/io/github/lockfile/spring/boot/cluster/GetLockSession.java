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

import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * A session of MariaDB or MySQL, with a lock by {@code GET_LOCK}.
 */
abstract class GetLockSession extends DatabaseSession {

	private static final String THE_SERVER_ITSELF = "Set 'lockfile.cluster.url' to the URL of the server itself.";

	private static final long READ_ONLY = 2;

	/**
	 * A name of a lock may be 64 characters long, and its case is folded.
	 */
	private final String lock;

	private String identity = "";

	GetLockSession(Connection connection, String database, String name) {
		super(connection, database);
		this.lock = "lockfile:" + key(name);
	}

	@Override
	final boolean isAnswer(SQLException ex) {
		return isOfServer(ex);
	}

	/**
	 * Servers number their errors from 1000 on, and clients have 2000 to 2999.
	 */
	static boolean isOfServer(SQLException ex) {
		int code = ex.getErrorCode();
		return code >= 1000 && (code < 2000 || code >= 3000);
	}

	/**
	 * Makes the session ready, or closes it.
	 * @param lease the lease
	 */
	final void prepare(Duration lease) {
		prepare(() -> {
			// Before anything is asked, since what is set for all sessions, or by the
			// URL, would take the answers away or give others. A mode may turn '' into
			// NULL, so it is a number.
			execute("set session sql_mode = 0, session sql_select_limit = 18446744073709551615,"
					+ " session sql_big_selects = 1");
			refuseUnfit();
			// The server ends a session that is silent for the lease, however its peer
			// fares. Nothing else must end ours or take rows from its answers: not that
			// it sleeps, not what is set for all sessions.
			execute(("set session wait_timeout = %d, session net_read_timeout = 600, session net_write_timeout = 600,"
					+ " session long_query_time = 3600%s")
				.formatted(lease.plusMillis(999).toSeconds(), furtherLimits()));
			this.identity = get((row) -> row.getString(1), "select concat(id, '@', user, '@', host)"
					+ " from information_schema.processlist where id = connection_id()");
		});
	}

	private void refuseUnfit() {
		long greeted = call(this::threadId);
		if (!isTrue("select connection_id() = ?", greeted)) {
			throw unfit("a proxy is in between, so the session is not ours alone", THE_SERVER_ITSELF);
		}
		refuseUnfit(get((row) -> row.getString(1), "select concat(version(), ' ', @@version_comment)"));
		// Before the longer questions, since a limit of the user would hit them.
		execute("set session %s = 0".formatted(statementLimit()));
		String on = find((row) -> row.getString(1), "show global variables where variable_name in ('read_only',"
				+ " 'super_read_only', 'innodb_read_only', 'offline_mode', 'wsrep_on', 'group_replication_group_name')"
				+ " and value not in ('OFF', '0') and length(value) > 0");
		switch ((on != null) ? on : "") {
			case "" -> {
			}
			case "wsrep_on" -> throw unfit("it is a Galera cluster, where a lock is one of its node only",
					"Set 'lockfile.cluster.url' to a database that is not one.");
			case "group_replication_group_name" ->
				throw unfit("it is in a replication group, where a lock is one of its member only",
						"Set 'lockfile.cluster.url' to a database that is not one.");
			case "offline_mode" -> throw passing("it is in offline mode");
			default -> throw passing("it is read-only");
		}
	}

	/**
	 * Returns the number of the session that the server sent when it greeted.
	 * @param connection the connection
	 * @return the number
	 * @throws SQLException if it cannot be had
	 */
	abstract long threadId(Connection connection) throws SQLException;

	/**
	 * Refuses a server of which the lock is not as promised.
	 * @param version what it says of its version
	 */
	abstract void refuseUnfit(String version);

	/**
	 * Returns the variable that limits the time of a statement.
	 * @return its name
	 */
	abstract String statementLimit();

	/**
	 * Returns what else must be set.
	 * @return assignments, each after a comma
	 */
	abstract String furtherLimits();

	/**
	 * Returns the table of the status variables.
	 * @return its name
	 */
	abstract String status();

	@Override
	public final String identity() {
		return this.identity;
	}

	@Override
	public final Incarnation incarnation() {
		// Whole seconds, both of one moment, so that their difference is the start,
		// however the server's clock is set.
		return get((row) -> {
			// A clock that was set back makes it negative, which is then shown as a
			// number without a sign.
			long uptime = new BigDecimal(row.getString(2)).longValue();
			long start = row.getLong(1) - uptime;
			return new Incarnation(Long.toString(start), Duration.ofSeconds(uptime - 1));
		}, "select unix_timestamp(), variable_value from %s where variable_name = 'Uptime'".formatted(status()));
	}

	@Override
	public final boolean tryLock() {
		return isTrue("select get_lock(?, 0)", this.lock) && isHeld();
	}

	/**
	 * Gives the session up if its server has become a replica: that ends neither sessions
	 * nor their locks, while a new instance is led to the new primary and locks there.
	 */
	@Override
	public final boolean isHeld() {
		// A number, or a word in newer versions.
		long state = get((row) -> row.getLong(1),
				"select case when concat(@@global.read_only) not in ('0', 'OFF') then " + READ_ONLY
						+ " else coalesce(is_used_lock(?) = connection_id(), 0) end",
				this.lock);
		if (state == READ_ONLY) {
			abort();
			throw passing("it has become read-only");
		}
		return state == 1;
	}

	@Override
	public final @Nullable HolderInfo holder() {
		Long id = get((row) -> row.getLong(1), "select coalesce(is_used_lock(?), 0)", this.lock);
		if (id == 0) {
			return null;
		}
		HolderInfo shown = find((row) -> new HolderInfo(row.getString(1), id, row.getString(2), null, null),
				"select concat(id, '@', user, '@', host), concat(user, '@', host)"
						+ " from information_schema.processlist where id = ?",
				id);
		return (shown != null) ? shown : new HolderInfo(null, id, null, null, null);
	}

	@Override
	public final void end(HolderInfo own) {
		execute("kill connection " + own.id());
	}

	@Override
	public final void idle(Duration time) {
		// The server sleeps, not we: a session that is ended while its statement runs
		// says so at once. A number that is divided could be rounded to none.
		execute("do sleep(%s)".formatted(BigDecimal.valueOf(Math.max(1, time.toMillis()), 3)));
	}

	@Override
	final void unlock() {
		find((row) -> true, "select release_lock(?)", this.lock);
	}

}
