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

/**
 * A session of MariaDB.
 */
final class MariaDbSession extends GetLockSession {

	MariaDbSession(Connection connection, String database, String name, Duration lease) {
		super(connection, database, name);
		prepare(lease);
	}

	@Override
	long threadId(Connection connection) throws SQLException {
		return connection.unwrap(org.mariadb.jdbc.Connection.class).getThreadId();
	}

	@Override
	void refuseUnfit(String version) {
		if (!version.contains("MariaDB")) {
			throw unfit("it is not MariaDB", "Use MariaDB itself, or 'jdbc:mysql:' for MySQL.");
		}
	}

	@Override
	String statementLimit() {
		return "max_statement_time";
	}

	@Override
	String furtherLimits() {
		return ", session idle_transaction_timeout = 0, session idle_readonly_transaction_timeout = 0,"
				+ " session idle_write_transaction_timeout = 0";
	}

	@Override
	String status() {
		return "information_schema.global_status";
	}

}
