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
import java.util.concurrent.CompletableFuture;

import io.github.lockfile.spring.boot.watch.ClusterLockEvent.State;
import io.github.lockfile.testsupport.ChildJvm;
import io.github.lockfile.testsupport.Shell;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

class ClusterOutageOnPostgreSqlTests extends ClusterOutageContract {

	@Override
	TestEngine engine(Path directory) {
		TestPostgreSql.assumeAvailable();
		return new TestPostgreSql(directory);
	}

	@Override
	TestEngine other(String name) {
		return new TestPostgreSql(subdirectory(name));
	}

	@Override
	TestEngine cuttable(Namespace namespace) {
		return new TestPostgreSql(this.directory, "127.0.0.1," + namespace.address());
	}

	/**
	 * It passes on what it is sent, so it cannot be recognized. It keeps the session for
	 * as long as its own timeout says, which users are told to set to the lease.
	 */
	@Test
	void oneThatVanishesBehindAProxyIsFreedWhenTheProxyGivesItUp() throws Exception {
		assumeTrue(Namespace.isAvailable(), "needs root, to make a network that can be cut");
		assumeTrue(Shell.succeeds("haproxy", "-v"), "HAProxy is not installed");
		int port = TestEngine.freePort();
		int timeout = Integer.getInteger("haproxy.timeout", (int) LEASE.toSeconds());
		try (Namespace namespace = new Namespace()) {
			Path configuration = Files.writeString(this.directory.resolve("haproxy.cfg"), """
					defaults
					  mode tcp
					  timeout connect 5s
					  timeout client %1$ds
					  timeout server %1$ds
					listen postgresql
					  bind %2$s:%3$d
					  server one 127.0.0.1:%4$d
					""".formatted(timeout, namespace.address(), port, this.engine.port));
			Process proxy = new ProcessBuilder("haproxy", "-db", "-f", configuration.toString()).inheritIO().start();
			try {
				ChildJvm holder = worker(namespace.prefix(), this.engine.url(namespace.address(), port),
						Duration.ofMinutes(1))
					.awaitOutput("HELD");
				CompletableFuture<Long> next = waiter().thenApply((lock) -> System.nanoTime());
				namespace.cut();
				long cut = System.nanoTime();
				assertThat(holder.awaitExit()).isEqualTo(75);
				assertThat(next).isNotDone();
				Duration takeover = Duration.ofNanos(next.join() - cut);
				report("vanished behind HAProxy with a timeout of " + timeout + " s, until the next one holds",
						takeover);
				assertThat(takeover).isGreaterThan(LEASE.dividedBy(2));
			}
			finally {
				proxy.destroyForcibly().waitFor();
			}
		}
	}

	private TestPostgreSql started(String name) throws IOException {
		TestPostgreSql server = new TestPostgreSql(Files.createDirectory(this.directory.resolve(name)));
		server.start();
		return server;
	}

	private static String either(TestEngine one, TestEngine other) {
		return "jdbc:postgresql://127.0.0.1:%d,127.0.0.1:%d/postgres?user=postgres&targetServerType=primary"
			.formatted(one.port, other.port);
	}

	@Test
	void aPlannedFailoverIsRestored() throws IOException {
		try (TestPostgreSql primary = started("primary"); TestPostgreSql standby = started("standby")) {
			primary.crash();
			standby.crash();
			standby.copyOf(primary);
			standby.makeStandby();
			primary.start();
			standby.start();
			primary.awaitUptime(ROOMY_LEASE);
			ClusterLock lock = acquireWithRoom(either(primary, standby));
			assertThat(primary.holders(this.name)).isEqualTo(1);
			primary.crash();
			standby.execute("select pg_promote()");
			Awaitility.await().until(() -> lock.state().state().isHeld());
			assertThat(this.listener.statesWithoutPauses()).containsExactly(State.FENCED, State.RESTORED);
			assertThat(this.listener.deadlines).isEmpty();
			assertThat(standby.holders(this.name)).isEqualTo(1);
		}
	}

	@Test
	void anotherDatabaseInTheListIsNotTakenForAStandbyThatTookOver() throws IOException {
		try (TestPostgreSql first = started("first"); TestPostgreSql second = started("second")) {
			first.awaitUptime(LEASE);
			ClusterLock lock = acquire(either(first, second), Duration.ZERO, this.listener);
			first.crash();
			Awaitility.await().until(() -> lock.state().reason().contains("it has led to another database"));
			assertThat(second.holders(this.name)).isZero();
			Awaitility.await().until(() -> !this.listener.deadlines.isEmpty());
		}
	}

	@Test
	void anotherDatabaseAtTheSameAddressIsNotTakenForTheOneOfBefore() throws IOException {
		try (TestPostgreSql first = started("before"); TestPostgreSql second = started("after")) {
			first.awaitUptime(LEASE);
			TcpProxy proxy = opened(new TcpProxy(first.port));
			ClusterLock lock = acquire(first.url("127.0.0.1", proxy.port()), Duration.ZERO, this.listener);
			proxy.target(second.port);
			proxy.cut();
			Awaitility.await().until(() -> lock.state().reason().contains("it has led to another database"));
			assertThat(second.holders(this.name)).isZero();
			proxy.target(first.port);
			Awaitility.await().until(() -> lock.state().state().isHeld());
		}
	}

	@Test
	void aRoleThatMayNotAskForTheIdentifierCanHoldTheLock() {
		this.engine.execute("revoke execute on function pg_control_system() from public");
		this.engine.execute("create role app login password 'right-s3cret'");
		try {
			ClusterLock lock = acquire("jdbc:postgresql://127.0.0.1:%d/postgres?user=app&password=right-s3cret"
				.formatted(this.engine.port), Duration.ZERO, this.listener);
			assertThat(lock.state().state()).isEqualTo(State.HELD);
			lock.close();
		}
		finally {
			this.engine.execute("drop role app");
			this.engine.execute("grant execute on function pg_control_system() to public");
		}
	}

}
