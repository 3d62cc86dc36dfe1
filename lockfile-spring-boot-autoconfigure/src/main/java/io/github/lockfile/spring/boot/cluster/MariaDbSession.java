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
import java.sql.PreparedStatement;
import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * A lock by {@code GET_LOCK} of a session of MariaDB.
 */
final class MariaDbSession extends DatabaseSession {

	/**
	 * What MariaDB takes as the name of a lock.
	 */
	private static final int LONGEST_NAME = 64;

	private final String name;

	private String identity = "";

	MariaDbSession(Connection connection, String database, String name, Duration lease) {
		super(connection, database);
		this.name = "lockfile:" + name;
		prepare(() -> {
			refuseUnfit();
			// The server ends a session that is silent for that long, however its peer
			// fares. And it must not end ours earlier because it sleeps.
			execute("set session wait_timeout = %d, session max_statement_time = 0, session long_query_time = 3600"
				.formatted(lease.plusMillis(999).toSeconds()));
			this.identity = String.valueOf(value("select concat(id, '@', user, '@', host)"
					+ " from information_schema.processlist where id = connection_id()"));
		});
	}

	private void refuseUnfit() {
		if (this.name.length() > LONGEST_NAME) {
			throw unfit("the name is longer than the %d characters that MariaDB leaves for it"
				.formatted(LONGEST_NAME - "lockfile:".length()), "Set 'lockfile.cluster.name' to a shorter one.");
		}
		long greeted = call((connection) -> connection.unwrap(org.mariadb.jdbc.Connection.class).getThreadId());
		@Nullable String[] row = row("select connection_id(), version(), @@global.read_only");
		if (row == null || !Long.toString(greeted).equals(row[0])) {
			throw unfit("a proxy is in between, so the session is not ours alone",
					"Set 'lockfile.cluster.url' to the URL of the server itself.");
		}
		if (row[1] == null || !row[1].contains("MariaDB")) {
			throw unfit("it is not MariaDB", "Use MariaDB itself.");
		}
		if (!"0".equals(row[2])) {
			throw passing("it is read-only");
		}
		@Nullable String[] wsrep = row("show global variables like 'wsrep_on'");
		if (wsrep != null && "ON".equals(wsrep[1])) {
			throw unfit("it is a Galera cluster, where a lock is one of its node only",
					"Set 'lockfile.cluster.url' to a database that is not one.");
		}
	}

	private void execute(String sql) {
		call((connection) -> {
			try (PreparedStatement statement = connection.prepareStatement(sql)) {
				return statement.execute();
			}
		});
	}

	@Override
	public String identity() {
		return this.identity;
	}

	@Override
	public Duration uptime() {
		@Nullable String[] row = row("show global status like 'Uptime'");
		return Duration.ofSeconds((row != null) ? Long.parseLong(String.valueOf(row[1])) : 0);
	}

	@Override
	public boolean tryLock() {
		return "1".equals(value("select get_lock(?, 0)", this.name)) && isHeld();
	}

	@Override
	public boolean isHeld() {
		return "1".equals(value("select is_used_lock(?) = connection_id()", this.name));
	}

	@Override
	public @Nullable Holder holder() {
		String id = value("select is_used_lock(?)", this.name);
		if (id == null) {
			return null;
		}
		@Nullable String[] row = row("select concat(id, '@', user, '@', host), concat(user, '@', host)"
				+ " from information_schema.processlist where id = ?", Long.valueOf(id));
		return new Holder((row != null) ? row[0] : null, Long.parseLong(id), (row != null) ? row[1] : null, null, null);
	}

	@Override
	public void end(Holder own) {
		execute("kill connection " + own.id());
	}

	@Override
	public void idle(Duration time) {
		// Not asleep here: a session that is ended while its statement runs says so at
		// once.
		execute("do sleep(%d / 1000)".formatted(Math.max(1, time.toMillis())));
	}

	@Override
	void unlock() {
		execute("do release_lock('%s')".formatted(this.name.replace("\\", "\\\\").replace("'", "''")));
	}

}
