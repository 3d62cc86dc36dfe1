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

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.UUID;

import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.core.BaseConnection;
import org.postgresql.util.HostSpec;
import org.postgresql.util.PSQLException;

/**
 * A session of PostgreSQL, with an advisory lock.
 */
final class PostgreSqlSession extends DatabaseSession {

	/**
	 * What PostgreSQL keeps of an application's name.
	 */
	private static final int LONGEST_CONTENT = 63;

	private static final String PAST_THE_POOLER = "Set 'lockfile.cluster.url' to the URL of the server itself.";

	/**
	 * The row of the lock. A key of 64 bits is shown in two halves.
	 */
	private static final String LOCK = " from pg_locks l where l.locktype = 'advisory' and l.objsubid = 1 and l.granted"
			+ " and l.database = (select oid from pg_database where datname = current_database())"
			+ " and ((l.classid::bigint << 32) | l.objid::bigint) = ?";

	/**
	 * Since when the engine knows of locks. If one of its processes dies, it ends all
	 * others and forgets all locks, but its start time stays. It also resets its
	 * statistics then, and the time of that can be seen by every role. (An administrator
	 * who resets them makes those wait who come within a lease, and does no harm.)
	 */
	private static final String INCARNATION = "select concat_ws('/', extract(epoch from started), extract(epoch from reset)),"
			+ " floor(extract(epoch from clock_timestamp() - greatest(started, reset)) * 1000)::bigint"
			+ " from (select pg_postmaster_start_time() as started, max(stats_reset) as reset from pg_stat_bgwriter) s";

	private final long key;

	private final String marker = UUID.randomUUID().toString();

	private String identity = "";

	PostgreSqlSession(Connection connection, String database, String name, Duration lease, String content,
			Cluster cluster) {
		super(connection, database);
		this.key = Long.parseUnsignedLong(key(name), 16);
		prepare(() -> {
			// First of all, since a limit of the role would hit what comes next.
			execute("set statement_timeout = 0");
			refuseUnfit();
			refuseAnother(cluster);
			configure(lease, content);
			this.identity = get((row) -> row.getString(1),
					"select pid || '@' || extract(epoch from backend_start)::text"
							+ " from pg_stat_activity where pid = pg_backend_pid()");
		});
	}

	private void refuseUnfit() {
		int greeted = call((connection) -> connection.unwrap(PGConnection.class).getBackendPID());
		boolean ours = isTrue(
				"select pg_backend_pid() = ? and coalesce(current_setting('lockfile.marker', true), '') = ''", greeted);
		if (!ours || isPgpool()) {
			// It would lend the session that has the lock to others, who would then have
			// it as well, or it would hide from the server that we vanished.
			throw unfit("a connection pooler is in between, so the session is not ours alone", PAST_THE_POOLER);
		}
		if (isTrue("select pg_is_in_recovery()")) {
			// It has locks of its own, of which the primary knows nothing.
			throw passing("it is a standby");
		}
		if (isTrue("select current_setting('default_transaction_read_only')::boolean")) {
			throw passing("it is read-only");
		}
	}

	/**
	 * Pgpool-II answers this question itself. A server says that it does not know the
	 * parameter, and writes that to its log, so it is asked only if the session does not
	 * end at the address to which we connected.
	 */
	private boolean isPgpool() {
		return call((connection) -> !isDirect(connection) && isAnswered(connection, "show pool_version"));
	}

	private static boolean isDirect(Connection connection) throws SQLException {
		HostSpec host = connection.unwrap(BaseConnection.class).getQueryExecutor().getHostSpec();
		try (Statement statement = connection.createStatement();
				ResultSet row = statement.executeQuery("select host(inet_server_addr()), inet_server_port()")) {
			row.next();
			String address = row.getString(1);
			return address != null && row.getInt(2) == host.getPort()
					&& Arrays.asList(InetAddress.getAllByName(host.getHost())).contains(InetAddress.getByName(address));
		}
		catch (UnknownHostException ex) {
			return false;
		}
	}

	private static boolean isAnswered(Connection connection, String question) throws SQLException {
		try (Statement statement = connection.createStatement()) {
			return statement.execute(question);
		}
		catch (SQLException ex) {
			// The connection is used on: if it is broken, the next statement says so.
			return false;
		}
	}

	/**
	 * Refuses a server that is not the one, or a copy of the one, that an earlier session
	 * was with. A list of servers, or a name with several addresses, may have others by
	 * mistake. Every role may ask, unless somebody has revoked that.
	 */
	private void refuseAnother(Cluster cluster) {
		if (!isTrue("select has_function_privilege('pg_control_system()', 'execute')")) {
			return;
		}
		String identifier = get((row) -> row.getString(1), "select system_identifier::text from pg_control_system()");
		if (!cluster.is(identifier)) {
			throw passing("it has led to another database than before, not to a standby that took over");
		}
	}

	private void configure(Duration lease, String content) {
		long idle = Math.max(1, lease.toSeconds() / 2);
		long rest = lease.plusMillis(999).toSeconds() - idle;
		// Linux counts up to 127 probes.
		long interval = (rest + 119) / 120;
		// Keepalive alone is not enough: it rests while an answer is on its way to one
		// that vanished. None is less than the lease: the holder counts on it.
		get((row) -> true,
				"select set_config('tcp_keepalives_idle', ?, false), set_config('tcp_keepalives_interval', ?, false),"
						+ " set_config('tcp_keepalives_count', ?, false), set_config('tcp_user_timeout', ?, false),"
						+ " set_config('application_name', ?, false), set_config('lockfile.marker', ?, false)",
				Long.toString(idle), Long.toString(interval), Long.toString((rest + interval - 1) / interval),
				Long.toString(lease.toMillis()), printable(content), this.marker);
		// What is set for the role or the database would end our session, or refuse it an
		// answer, between two renewals. Not every version has all of them.
		find((row) -> true,
				"select set_config(name, '0', false) from pg_settings where name in ('statement_timeout',"
						+ " 'lock_timeout', 'idle_in_transaction_session_timeout', 'idle_session_timeout',"
						+ " 'transaction_timeout')");
	}

	/**
	 * Returns what PostgreSQL shows of a text as it is.
	 */
	private static String printable(String content) {
		String ascii = content.replaceAll("[^ -~]", "?");
		return ascii.substring(0, Math.min(ascii.length(), LONGEST_CONTENT));
	}

	@Override
	boolean isAnswer(SQLException ex) {
		return isOfServer(ex);
	}

	static boolean isOfServer(SQLException ex) {
		return ex instanceof PSQLException error && error.getServerErrorMessage() != null;
	}

	@Override
	public String identity() {
		return this.identity;
	}

	@Override
	public Incarnation incarnation() {
		return get((row) -> new Incarnation(row.getString(1), Duration.ofMillis(row.getLong(2))), INCARNATION);
	}

	@Override
	public boolean tryLock() {
		if (!isTrue("select pg_try_advisory_lock(?)", this.key)) {
			return false;
		}
		if (!isHeld()) {
			// Some engines that speak PostgreSQL's protocol say yes to everybody.
			throw unfit("its advisory locks are not real: the lock that it granted is not in 'pg_locks'",
					"Use PostgreSQL itself.");
		}
		return true;
	}

	@Override
	public boolean isHeld() {
		return isTrue("select coalesce(current_setting('lockfile.marker', true), '') = ? and exists (select 1" + LOCK
				+ " and l.pid = pg_backend_pid())", this.marker, this.key);
	}

	@Override
	public @Nullable HolderInfo holder() {
		return find((row) -> {
			String identity = row.getString(2);
			boolean hidden = identity == null;
			return new HolderInfo(identity, row.getLong(1), hidden ? null : row.getString(3),
					hidden ? null : row.getString(4), hidden ? null : Instant.ofEpochSecond(row.getLong(5)));
		}, "select a.pid, a.pid || '@' || extract(epoch from a.backend_start)::text,"
				+ " a.usename || coalesce('@' || host(a.client_addr) || ':' || a.client_port, ''),"
				+ " a.application_name, extract(epoch from a.backend_start)::bigint"
				+ " from pg_stat_activity a where a.pid = (select l.pid" + LOCK + " limit 1)", this.key);
	}

	@Override
	public void end(HolderInfo own) {
		find((row) -> true,
				"select pg_terminate_backend(pid) from pg_stat_activity"
						+ " where pid || '@' || extract(epoch from backend_start)::text = ?",
				String.valueOf(own.identity()));
	}

	@Override
	public void idle(Duration time) {
		// Reads from the socket, so that the end of the session is noticed when it comes.
		call((connection) -> connection.unwrap(PGConnection.class)
			.getNotifications((int) Math.max(1, time.toMillis())));
	}

	@Override
	void unlock() {
		find((row) -> true, "select pg_advisory_unlock(l.objid::bigint | (l.classid::bigint << 32))" + LOCK
				+ " and l.pid = pg_backend_pid()", this.key);
	}

	/**
	 * Which database this is, and its standbys are.
	 */
	static final class Cluster {

		private @Nullable String identifier;

		synchronized boolean is(String identifier) {
			if (this.identifier == null) {
				this.identifier = identifier;
			}
			return this.identifier.equals(identifier);
		}

	}

}
