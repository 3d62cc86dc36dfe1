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
import java.util.List;

import com.mysql.cj.MysqlConnection;

/**
 * A session of MySQL.
 */
final class MySqlSession extends GetLockSession {

	/**
	 * Distributed databases that name themselves in their version. What becomes of a lock
	 * when one of their nodes fails is not what is promised here.
	 */
	private static final List<String> OTHERS = List.of("TiDB", "Vitess", "OceanBase", "SingleStore");

	MySqlSession(Connection connection, String database, String name, Duration lease) {
		super(connection, database, name);
		prepare(lease);
	}

	@Override
	long threadId(Connection connection) throws SQLException {
		return connection.unwrap(MysqlConnection.class).getId();
	}

	@Override
	void refuseUnfit(String version) {
		// The driver takes MariaDB for MySQL 5.5.5.
		if (version.contains("MariaDB")) {
			throw unfit("it is MariaDB", "Use the driver and the URL of MariaDB, 'jdbc:mariadb:'.");
		}
		for (String other : OTHERS) {
			if (version.contains(other)) {
				throw unfit("it is " + other + ", which only speaks the protocol of MySQL", "Use MySQL itself.");
			}
		}
	}

	@Override
	String statementLimit() {
		return "max_execution_time";
	}

	@Override
	String furtherLimits() {
		return "";
	}

	@Override
	String status() {
		return "performance_schema.global_status";
	}

}
