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

import io.github.lockfile.testsupport.ChildJvm;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

class ClusterLockOnMariaDbTests extends ClusterLockContract {

	private static final String GALERA = "/usr/lib/galera/libgalera_smm.so";

	@Override
	TestEngine engine(Path directory) {
		assumeTrue(TestMariaDb.isAvailable(), "MariaDB is not installed");
		return new TestMariaDb(directory);
	}

	@Test
	void aStoppedHolderIsReplacedAfterItsLeaseAndEnds() {
		ChildJvm holder = worker(Duration.ZERO).awaitOutput("HELD");
		long stopped = System.nanoTime();
		TestEngine.signal("STOP", holder.pid());
		ClusterLock next = acquire(this.engine.url(), LEASE.multipliedBy(2), this.listener);
		Duration takeover = Duration.ofNanos(System.nanoTime() - stopped);
		TestEngine.signal("CONT", holder.pid());
		assertThat(takeover).isBetween(LEASE.multipliedBy(5).dividedBy(6), LEASE.plusSeconds(2));
		assertThat(holder.awaitExit()).isEqualTo(75);
		assertThat(holder.output()).contains("FENCED").contains("LOST another instance has it: session ");
		assertThat(next.snapshot().state().isHeld()).isTrue();
	}

	@Test
	void refusesAReadOnlyServer() {
		this.engine.execute("set global read_only = 1");
		try {
			assertUnavailable(this.engine.url(), "it is read-only");
		}
		finally {
			this.engine.execute("set global read_only = 0");
		}
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
	void refusesANameThatIsTooLong() {
		this.name = "n".repeat(56);
		assertUnavailable(this.engine.url(), "the name is longer than the 55 characters");
		this.name = "n".repeat(55);
		acquire();
	}

	@Test
	void aQuoteInTheNameIsNothingSpecial() {
		this.name = "it's \\ \"quoted\"";
		acquire().close();
		acquire();
	}

	@Test
	void saysNoSecret() {
		String url = "jdbc:mariadb://127.0.0.1:%d/?user=keeper&password=wrong-s3cret".formatted(this.engine.port);
		assertUnavailable(url, "Access denied for user 'keeper'");
		assertUnavailable("jdbc:mariadb://127.0.0.1:nan/?user=keeper&password=wrong-s3cret", "");
	}

	private void assertUnavailable(String url, String reason) {
		assertThatExceptionOfType(ClusterLockUnavailableException.class)
			.isThrownBy(() -> acquire(url, Duration.ZERO, this.listener))
			.withMessageContaining(reason)
			.withMessageNotContainingAny("s3cret")
			.satisfies((ex) -> {
				assertThat(ex.getExitCode()).isEqualTo(69);
				assertThat(ex.getCause()).isNull();
			});
	}

}
