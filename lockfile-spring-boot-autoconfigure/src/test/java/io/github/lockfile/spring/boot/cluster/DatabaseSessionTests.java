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

import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.util.PSQLException;
import org.postgresql.util.PSQLState;
import org.postgresql.util.ServerErrorMessage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class DatabaseSessionTests {

	@Test
	void aRuntimeExceptionOfADriverIsReportedWithoutItsMessage() {
		Connection connection = (Connection) Proxy.newProxyInstance(getClass().getClassLoader(),
				new Class<?>[] { Connection.class }, (proxy, method, arguments) -> {
					if (method.getName().equals("abort")) {
						return null;
					}
					throw new IllegalStateException("s3cret");
				});
		assertThatExceptionOfType(ClusterLockUnavailableException.class)
			.isThrownBy(() -> new MariaDbSession(connection, "the database", "orders", Duration.ofSeconds(60)))
			.withMessage("the database cannot guard the cluster lock: java.lang.IllegalStateException")
			.satisfies((ex) -> assertThat(ex.isPassing()).isTrue());
	}

	@ParameterizedTest
	@ValueSource(ints = { 1044, 1045, 1049, 1129, 1130, 1142, 1227, 1370, 1698, 1820, 1862, 3118, 3955, 4150, 4151 })
	void whatOnlySomebodyCanMendEndsTheWait(int code) {
		assertThat(DatabaseSession.failure("db", new SQLException("", "HY000", code), "").isPassing()).isFalse();
		assertThat(DatabaseSession.failure("db", new SQLException("", "08004", 1040), "").isPassing()).isTrue();
	}

	/**
	 * A driver that could not read an answer to its end, since the heap is full, says so
	 * by an exception of its own. What it reads next would be the rest of that answer.
	 */
	@Test
	void whatADriverSaysByItselfIsNoAnswerOfItsServer() {
		assertThat(GetLockSession.isOfServer(new SQLException("Java heap space", "HY001", 0))).isFalse();
		assertThat(GetLockSession.isOfServer(new SQLException("Lost connection", "HY000", 2013))).isFalse();
		assertThat(GetLockSession.isOfServer(new SQLException("Query execution was interrupted", "70100", 1317)))
			.isTrue();
		assertThat(GetLockSession.isOfServer(new SQLException("Locked", "HY000", 4151))).isTrue();
		assertThat(PostgreSqlSession.isOfServer(new PSQLException("Ran out of memory", PSQLState.OUT_OF_MEMORY)))
			.isFalse();
		assertThat(PostgreSqlSession
			.isOfServer(new PSQLException(new ServerErrorMessage("SERROR\0C57014\0Mcanceling statement\0")))).isTrue();
	}

	@ParameterizedTest
	@CsvSource({ "08006, 0, true", "08S01, 0, true", "08000, 0, true", "57P01, 0, true", "57P02, 0, true",
			"70100, 1927, true", ", 0, true", "57014, 0, false", "70100, 1317, false", "53200, 0, false",
			"HY001, 1038, false", "42000, 1226, false" })
	void aStatementThatFailedIsNotTheEndOfItsSession(String state, int code, boolean over) {
		assertThat(DatabaseSession.isOver(new SQLException("", state, code))).isEqualTo(over);
	}

}
