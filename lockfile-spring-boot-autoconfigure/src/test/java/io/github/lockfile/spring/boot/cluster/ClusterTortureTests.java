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

import java.nio.file.Path;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

@Timeout(300)
@Tag("once")
class ClusterTortureTests {

	@Test
	void twoNeverBelieveToHoldOnPostgreSql(@TempDir Path directory) throws Exception {
		TestPostgreSql.assumeAvailable();
		torture("postgresql", directory);
	}

	@Test
	void twoNeverBelieveToHoldOnMariaDb(@TempDir Path directory) throws Exception {
		TestMariaDb.assumeAvailable();
		torture("mariadb", directory);
	}

	@Test
	void twoNeverBelieveToHoldOnMySql(@TempDir Path directory) throws Exception {
		TestMySql.assumeAvailable();
		torture("mysql", directory);
	}

	private static void torture(String engine, Path directory) throws Exception {
		ClusterTorture.Result result = ClusterTorture.run(engine, 8, directory);
		System.out.println(result);
		assertThat(result.violations()).isEmpty();
		assertThat(result.holds()).isPositive();
		assertThat(result.sessions()).isPositive();
	}

}
