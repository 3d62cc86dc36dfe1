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

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;

import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;

/**
 * An advisory lock of a session of PostgreSQL.
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

	private final long key;

	private final String marker = UUID.randomUUID().toString();

	private String identity = "";

	PostgreSqlSession(Connection connection, String database, String name, Duration lease, String content) {
		super(connection, database);
		this.key = key(name);
		prepare(() -> {
			refuseUnfit();
			configure(lease, content);
			this.identity = String.valueOf(value("select pid || '@' || extract(epoch from backend_start)"
					+ " from pg_stat_activity where pid = pg_backend_pid()"));
		});
	}

	/**
	 * Returns the key of a lock: the first 8 bytes of the SHA-256 of a text.
	 * @param name the name of the lock
	 * @return the key
	 */
	static long key(String name) {
		try {
			byte[] text = ("io.github.lockfile:" + name).getBytes(StandardCharsets.UTF_8);
			return ByteBuffer.wrap(MessageDigest.getInstance("SHA-256").digest(text)).getLong();
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private void refuseUnfit() {
		int greeted = call((connection) -> connection.unwrap(PGConnection.class).getBackendPID());
		@Nullable String[] row = row("select pg_backend_pid(), coalesce(current_setting('lockfile.marker', true), ''),"
				+ " pg_is_in_recovery(), current_setting('default_transaction_read_only')");
		if (row == null || !Integer.toString(greeted).equals(row[0]) || !"".equals(row[1])) {
			// It would lend the session that has the lock to others, who would then have
			// it as well, and it would hide from the server that we vanished.
			throw unfit("a connection pooler is in between, so the session is not ours alone", PAST_THE_POOLER);
		}
		if ("t".equals(row[2])) {
			// It has locks of its own, of which the primary knows nothing.
			throw passing("it is a standby");
		}
		if ("on".equals(row[3])) {
			throw passing("it is read-only");
		}
	}

	private void configure(Duration lease, String content) {
		long idle = Math.max(1, lease.toSeconds() / 2);
		long rest = lease.plusMillis(999).toSeconds() - idle;
		// Linux counts up to 127 probes.
		long interval = (rest + 119) / 120;
		// Keepalive alone is not enough: it rests while an answer is on its way to one
		// that vanished. And not less than the lease: the holder counts on it.
		row("select set_config('tcp_keepalives_idle', ?, false), set_config('tcp_keepalives_interval', ?, false),"
				+ " set_config('tcp_keepalives_count', ?, false), set_config('tcp_user_timeout', ?, false),"
				+ " set_config('application_name', ?, false), set_config('lockfile.marker', ?, false)",
				Long.toString(idle), Long.toString(interval), Long.toString((rest + interval - 1) / interval),
				Long.toString(lease.toMillis()), printable(content), this.marker);
		// Or a limit for forgotten sessions ends ours between two renewals.
		row("select set_config(name, '0', false) from pg_settings where name = 'idle_session_timeout'");
	}

	/**
	 * Returns what PostgreSQL shows of a text as it is.
	 */
	private static String printable(String content) {
		String ascii = content.replaceAll("[^ -~]", "?");
		return ascii.substring(0, Math.min(ascii.length(), LONGEST_CONTENT));
	}

	@Override
	public String identity() {
		return this.identity;
	}

	@Override
	public Duration uptime() {
		return Duration.ofMillis(Long.parseLong(String.valueOf(value(
				"select floor(extract(epoch from clock_timestamp() - pg_postmaster_start_time()) * 1000)::bigint"))));
	}

	@Override
	public boolean tryLock() {
		if (!"t".equals(value("select pg_try_advisory_lock(?)", this.key))) {
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
		return "t".equals(value("select current_setting('lockfile.marker', true) = ?" + " and exists (select 1" + LOCK
				+ " and l.pid = pg_backend_pid())", this.marker, this.key));
	}

	@Override
	public @Nullable Holder holder() {
		@Nullable String[] row = row("select a.pid, a.pid || '@' || extract(epoch from a.backend_start),"
				+ " a.usename || coalesce('@' || host(a.client_addr) || ':' || a.client_port, ''),"
				+ " a.application_name, extract(epoch from a.backend_start)::bigint"
				+ " from pg_stat_activity a where a.pid = (select l.pid" + LOCK + " limit 1)", this.key);
		if (row == null) {
			return null;
		}
		boolean hidden = row[1] == null;
		return new Holder(row[1], Long.parseLong(String.valueOf(row[0])), row[2], hidden ? null : row[3],
				hidden ? null : Instant.ofEpochSecond(Long.parseLong(String.valueOf(row[4]))));
	}

	@Override
	public void end(Holder own) {
		row("select pg_terminate_backend(pid) from pg_stat_activity"
				+ " where pid || '@' || extract(epoch from backend_start) = ?", String.valueOf(own.identity()));
	}

	@Override
	public void idle(Duration time) {
		// Reads from the socket, so that the end of the session is noticed when it comes.
		call((connection) -> connection.unwrap(PGConnection.class)
			.getNotifications((int) Math.max(1, time.toMillis())));
	}

	@Override
	void unlock() {
		row("select pg_advisory_unlock(l.objid::bigint | (l.classid::bigint << 32))" + LOCK
				+ " and l.pid = pg_backend_pid()", this.key);
	}

}
