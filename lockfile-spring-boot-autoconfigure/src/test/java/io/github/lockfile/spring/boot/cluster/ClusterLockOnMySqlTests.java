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

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClusterLockOnMySqlTests extends GetLockContract {

	@Override
	TestEngine engine(Path directory) {
		TestMySql.assumeAvailable();
		return new TestMySql(directory);
	}

	@Override
	String limit() {
		return "max_execution_time = 50";
	}

	@Override
	List<String> variables() {
		return List.of("sql_mode='ANSI,PAD_CHAR_TO_FULL_LENGTH'", "sql_select_limit=0", "max_join_size=1");
	}

	@Test
	void refusesAServerInOfflineMode() {
		this.engine.execute("set global offline_mode = 1");
		try {
			assertUnavailable(this.engine.url(), "it is in offline mode");
		}
		finally {
			this.engine.execute("set global offline_mode = 0");
		}
	}

	@Test
	void refusesAServerThatIsReadOnlyForEverybody() {
		this.engine.execute("set global super_read_only = 1");
		try {
			assertUnavailable(this.engine.url(), "it is read-only");
		}
		finally {
			this.engine.execute("set global super_read_only = 0");
			this.engine.execute("set global read_only = 0");
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "5.7.19-TiDB-v7.5.0:it is TiDB", "8.0.30-x:it is not MySQL itself",
			"5.7.9-Vitess:it is Vitess", "5.7.19-OceanBase-v4.2.1:it is OceanBase" })
	void refusesWhatOnlySpeaksItsProtocol(String version) throws IOException {
		TestMariaDb.assumeAvailable();
		String[] parts = version.split(":");
		Path directory = Files.createDirectory(this.directory.resolve(parts[0]));
		try (TestMariaDb other = new TestMariaDb(directory, "--version=" + parts[0])) {
			other.start();
			assertUnavailable(other.url().replace("mariadb", "mysql"), Duration.ZERO, parts[1]);
		}
	}

}
