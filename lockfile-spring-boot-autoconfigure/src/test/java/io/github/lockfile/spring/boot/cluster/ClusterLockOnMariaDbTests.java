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

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

class ClusterLockOnMariaDbTests extends GetLockContract {

	private static final String GALERA = "/usr/lib/galera/libgalera_smm.so";

	@Override
	TestEngine engine(Path directory) {
		TestMariaDb.assumeAvailable();
		return new TestMariaDb(directory);
	}

	@Override
	String limit() {
		return "max_statement_time = 0.05";
	}

	@Override
	List<String> variables() {
		return List.of("sql_mode='EMPTY_STRING_IS_NULL'", "sql_mode='ORACLE,EMPTY_STRING_IS_NULL'",
				"sql_mode='ANSI_QUOTES,PAD_CHAR_TO_FULL_LENGTH'", "sql_select_limit=0", "max_join_size=1");
	}

	@Test
	void refusesGalera() throws Exception {
		assumeTrue(Files.exists(Path.of(GALERA)), "Galera is not installed");
		Path directory = Files.createDirectory(this.directory.resolve("galera"));
		try (TestMariaDb galera = new TestMariaDb(directory, "--wsrep-on=ON", "--wsrep-provider=" + GALERA,
				"--wsrep-cluster-address=gcomm://", "--binlog-format=ROW", "--wsrep-node-address=127.0.0.1",
				"--wsrep-provider-options=gmcast.listen_addr=tcp://127.0.0.1:" + TestEngine.freePort())) {
			galera.start();
			assertUnavailable(galera.url(), "it is a Galera cluster");
		}
	}

	@Test
	void refusesTheDriverOfMySql() {
		assertThatExceptionOfType(ClusterLockUnavailableException.class)
			.isThrownBy(
					() -> acquire(this.engine.url().replace("mariadb", "mysql"), Duration.ofSeconds(20), this.listener))
			.satisfies((ex) -> assertThat(ex.remedy()).contains("'jdbc:mariadb:'"));
	}

	@Test
	void refusesMySql() throws Exception {
		Path directory = Files.createDirectory(this.directory.resolve("other"));
		try (TestMariaDb other = new TestMariaDb(directory, "--version=8.0.36")) {
			other.start();
			assertUnavailable(other.url(), "it is not MariaDB");
		}
	}

}
