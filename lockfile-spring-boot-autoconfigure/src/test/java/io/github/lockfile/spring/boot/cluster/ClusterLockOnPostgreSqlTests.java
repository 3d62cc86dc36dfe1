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
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import io.github.lockfile.spring.boot.watch.ClusterLockEvent.State;
import io.github.lockfile.testsupport.ChildJvm;
import io.github.lockfile.testsupport.Shell;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.postgresql.jdbc.PgConnection;
import org.postgresql.jdbc.PreferQueryMode;

import org.springframework.core.env.ConfigurableEnvironment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

class ClusterLockOnPostgreSqlTests extends ClusterLockContract {

	@Override
	TestEngine engine(Path directory) {
		TestPostgreSql.assumeAvailable();
		return new TestPostgreSql(directory);
	}

	@Test
	void theKeyIsAsDocumented() {
		assertThat(this.engine.value("select ('x' || left(encode(sha256('io.github.lockfile:Bestellungen-für-alle'"
				+ "::bytea), 'hex'), 16))::bit(64)::bigint"))
			.isEqualTo(Long.toString(Long.parseUnsignedLong(DatabaseSession.key("Bestellungen-für-alle"), 16)));
	}

	@Test
	void theQueryOfThePageFindsTheHolderInItsDatabaseAlone() throws Exception {
		acquire();
		long key = Long.parseUnsignedLong(DatabaseSession.key(this.name), 16);
		try (Connection other = DriverManager.getConnection(this.engine.url().replace("/postgres?", "/template1?"));
				Statement statement = other.createStatement()) {
			statement.execute("select pg_advisory_lock(" + key + ")");
			assertThat(foundByTheQueryOfThePage("pg_stat_activity")).isEqualTo("1");
		}
	}

	@Test
	void showsItsContentToOperators() {
		acquire();
		assertThat(this.engine.value("select count(*) from pg_stat_activity where application_name = '4711;host'"))
			.isEqualTo("1");
		assertThatExceptionOfType(ClusterLockHeldException.class).isThrownBy(this::acquire)
			.withMessageContaining("('4711;host', session ")
			.withMessageContaining(" of postgres@127.0.0.1:")
			.withMessageContaining(" since 2");
	}

	@Test
	void contentIsWhatPostgreSqlShows() {
		opened(ClusterLock.acquire(TestEngine.environment(properties(this.engine.url())), "ä'\n" + "x".repeat(100),
				Duration.ZERO, this.listener));
		assertThat(this.engine
			.value("select count(*) from pg_stat_activity where application_name = '?''?" + "x".repeat(60) + "'"))
			.isEqualTo("1");
	}

	@Test
	void setsTheLimitsOfItsSession() {
		DatabaseSession session = session();
		assertThat(text(session,
				"select concat_ws(' ', current_setting('tcp_keepalives_idle'),"
						+ " current_setting('tcp_keepalives_interval'), current_setting('tcp_keepalives_count'),"
						+ " current_setting('tcp_user_timeout'))"))
			.isEqualTo("3 1 3 6000");
		session.close();
	}

	@Test
	void noLimitOfTheRoleHitsItsSession() {
		List<String> limits = List.of("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout",
				"idle_session_timeout", "transaction_timeout");
		limits.forEach((limit) -> this.engine.execute("alter role postgres set " + limit + " = '150ms'"));
		try {
			DatabaseSession session = session();
			limits.forEach((limit) -> assertThat(text(session, "select current_setting('" + limit + "')")).as(limit)
				.isEqualTo("0"));
			session.idle(Duration.ofMillis(400));
			assertThat(text(session, "select 'slept' from pg_sleep(0.4)")).isEqualTo("slept");
			session.close();
		}
		finally {
			limits.forEach(
					(limit) -> this.engine.execute("set statement_timeout = 0; alter role postgres reset " + limit));
		}
	}

	@Test
	void theFormatOfTheAnswersDoesNotMatter() {
		ClusterLock lock = acquire(this.engine.url() + "&binaryTransferEnable=16,20,23,25,1184&prepareThreshold=-1",
				Duration.ZERO, this.listener);
		assertThat(lock.state().state()).isEqualTo(State.HELD);
	}

	@Test
	void theUrlDoesNotChangeWhatItNeeds() {
		DatabaseSession session = session(this.engine.url() + "&preferQueryMode=simple&socketTimeout=0");
		assertThat(session.<Object>call((connection) -> connection.unwrap(PgConnection.class).getPreferQueryMode()))
			.isEqualTo(PreferQueryMode.EXTENDED_FOR_PREPARED);
		assertThat(session.<Integer>call(Connection::getNetworkTimeout)).isEqualTo(1000);
		session.close();
	}

	@Test
	void waitsAsAfterARestartIfOneOfItsProcessesHasDied() throws Exception {
		ClusterLock earlier = acquire();
		this.engine.awaitUptime(LEASE);
		assertThat(this.engine.killBackend()).isTrue();
		earlier.close();
		long crashed = System.nanoTime();
		ClusterLock next = acquire();
		// What is asked first may be a moment after the crash, but no second.
		assertThat(Duration.ofNanos(System.nanoTime() - crashed)).isGreaterThan(LEASE.minusSeconds(2));
		assertThat(this.listener.waits)
			.anySatisfy((why) -> assertThat(why).contains("an earlier holder may not know yet"));
		assertThat(next.state().state()).isEqualTo(State.HELD);
	}

	@Test
	void aStoppedHolderIsNeverReplacedAndGoesOn() throws IOException {
		// Slow, so that it is as likely as not stopped while it waits for an answer.
		TcpProxy proxy = opened(new TcpProxy(this.engine.port));
		proxy.delay(100);
		ChildJvm holder = worker(List.of(), this.engine.url("127.0.0.1", proxy.port()), Duration.ZERO)
			.awaitOutput("HELD");
		TestEngine.signal("STOP", holder.pid());
		try {
			assertThatExceptionOfType(ClusterLockHeldException.class)
				.isThrownBy(() -> acquire(this.engine.url(), LEASE.multipliedBy(2), this.listener));
		}
		finally {
			TestEngine.signal("CONT", holder.pid());
		}
		Awaitility.await()
			.pollDelay(Duration.ofSeconds(2))
			.untilAsserted(() -> assertThat(holder.process().isAlive()).as(holder.output()).isTrue());
		assertThat(this.engine.holders(this.name)).isEqualTo(1);
		// It may have found itself fenced for a moment, and must not have lost the lock.
		assertThat(holder.output()).doesNotContain("LOST", "DEADLINE", "RESTORED");
	}

	@Test
	void knowsThatItsLockIsGoneAlthoughItsSessionIsThere() {
		DatabaseSession session = session();
		assertThat(session.tryLock()).isTrue();
		assertThat(session.isHeld()).isTrue();
		// As 'DISCARD ALL' of a pooler does.
		session.find((row) -> true, "select pg_advisory_unlock_all()::text");
		assertThat(session.isHeld()).isFalse();
		session.close();
	}

	@Test
	void knowsThatItsSessionIsNotItsOwnAlthoughItHasTheLock() {
		DatabaseSession session = session();
		assertThat(session.tryLock()).isTrue();
		session.find((row) -> true, "select set_config('lockfile.marker', 'another', false)");
		assertThat(session.isHeld()).isFalse();
		session.close();
	}

	@Test
	void refusesAStandby() throws IOException {
		Path directory = Files.createDirectory(this.directory.resolve("standby"));
		try (TestPostgreSql standby = new TestPostgreSql(directory)) {
			standby.start();
			standby.crash();
			standby.makeStandby();
			standby.start();
			assertUnavailable(standby.url(), "it is a standby");
			assertThat(standby.value("select count(*) from pg_locks where locktype = 'advisory'")).isEqualTo("0");
		}
	}

	@Test
	void refusesAReadOnlyDatabase() {
		assertUnavailable(this.engine.url() + "&options=-c%20default_transaction_read_only=on", "it is read-only");
	}

	@Test
	void refusesAnEngineWhoseLocksAreNotReal() {
		this.engine.execute("create schema stub");
		this.engine
			.execute("create function stub.pg_try_advisory_lock(bigint) returns boolean language sql as 'select true'");
		assertUnavailable(this.engine.url() + "&currentSchema=stub,pg_catalog", "its advisory locks are not real");
	}

	@Test
	void refusesAPooler() throws Exception {
		assumeTrue(Shell.succeeds("pgbouncer", "--version"), "PgBouncer is not installed");
		for (String mode : List.of("transaction", "session")) {
			int port = TestEngine.freePort();
			Path configuration = Files.writeString(this.directory.resolve(mode + ".ini"), """
					[databases]
					postgres = host=127.0.0.1 port=%d user=postgres
					[pgbouncer]
					listen_addr = 127.0.0.1
					listen_port = %d
					unix_socket_dir =
					auth_type = any
					pool_mode = %s
					ignore_startup_parameters = extra_float_digits
					""".formatted(this.engine.port, port, mode));
			List<String> command = new ArrayList<>(List.of("pgbouncer", configuration.toString()));
			if ("root".equals(System.getProperty("user.name"))) {
				// PgBouncer refuses to run as root.
				command.addAll(1, List.of("-u", "nobody"));
			}
			Process pooler = new ProcessBuilder(command).redirectErrorStream(true)
				.redirectOutput(this.directory.resolve(mode + ".log").toFile())
				.start();
			try {
				assertPoolerIsRefused(this.engine.url("127.0.0.1", port));
			}
			finally {
				pooler.destroyForcibly().waitFor();
			}
		}
	}

	@Test
	void refusesPgpool() throws Exception {
		assumeTrue(Shell.succeeds("pgpool", "--version"), "Pgpool-II is not installed");
		Path directory = subdirectory("pgpool");
		int port = TestEngine.freePort();
		Path configuration = Files.writeString(directory.resolve("pgpool.conf"), """
				listen_addresses = '127.0.0.1'
				port = %1$d
				pcp_port = %2$d
				socket_dir = '%4$s'
				pcp_socket_dir = '%4$s'
				wd_ipc_socket_dir = '%4$s'
				logdir = '%4$s'
				pid_file_name = '%4$s/pid'
				backend_clustering_mode = 'raw'
				backend_hostname0 = '127.0.0.1'
				backend_port0 = %3$d
				backend_weight0 = 1
				num_init_children = 4
				""".formatted(port, TestEngine.freePort(), this.engine.port, directory));
		Path nobody = Files.createFile(directory.resolve("pcp.conf"));
		Process pooler = new ProcessBuilder("pgpool", "-n", "-f", configuration.toString(), "-F", nobody.toString())
			.redirectErrorStream(true)
			.redirectOutput(directory.resolve("log").toFile())
			.start();
		try {
			assertPoolerIsRefused(this.engine.url("127.0.0.1", port));
		}
		finally {
			// Kindly, since its children would stay otherwise.
			pooler.destroy();
			pooler.waitFor();
		}
	}

	private void assertPoolerIsRefused(String url) {
		Awaitility.await().atMost(TestEngine.PATIENCE).ignoreExceptions().until(() -> {
			try (Connection connection = DriverManager.getConnection(url)) {
				return connection.isValid(1);
			}
		});
		assertUnavailable(url, "a connection pooler is in between");
		assertThat(this.engine.holders(this.name)).isZero();
	}

	@Test
	void refusesASessionThatAnotherHasMarked() throws Exception {
		// As one that a pooler lent to another instance before.
		assertUnavailable(this.engine.url() + "&options=-c%20lockfile.marker=another",
				"a connection pooler is in between");
	}

	@Test
	void saysNoSecret() {
		this.engine.execute("create role app login password 'right-s3cret'");
		String url = "jdbc:postgresql://127.0.0.1:%d/postgres?user=app&password=wrong-s3cret&sslfactoryarg=argument"
			.formatted(this.engine.port);
		assertUnavailable(url, "password authentication failed for user \"app\"");
		assertUnavailable("jdbc:postgresql://app:wrong-s3cret@127.0.0.1:1?password=wrong-s3cret", "");
		assertUnavailable("jdbc:postgresql://127.0.0.1:nan/x?password=wrong-s3cret", "");
		this.engine.execute("drop role app");
	}

	@Test
	void doesNotWaitForWhatNeedsSomebody() {
		this.engine.execute("create role app login password 'right-s3cret'");
		String url = "jdbc:postgresql://127.0.0.1:%d/%s?user=app&password=%s";
		long start = System.nanoTime();
		assertUnavailable(url.formatted(this.engine.port, "postgres", "wrong-s3cret"), Duration.ofMinutes(2),
				"password authentication failed");
		assertUnavailable(url.formatted(this.engine.port, "missing", "right-s3cret"), Duration.ofMinutes(2),
				"database \"missing\" does not exist");
		this.engine.execute("create database closed");
		this.engine.execute("revoke connect on database closed from public");
		assertUnavailable(url.formatted(this.engine.port, "closed", "right-s3cret"), Duration.ofMinutes(2),
				"permission denied for database \"closed\"");
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofMinutes(1));
		this.engine.execute("drop role app");
		this.engine.execute("drop database closed");
	}

	@Test
	void readsItsCredentialsAnew() {
		this.engine.execute("create role app login password 'first-s3cret'");
		Map<String, Object> properties = properties(
				"jdbc:postgresql://127.0.0.1:%d/postgres".formatted(this.engine.port));
		properties.put("lockfile.cluster.username", "app");
		properties.put("lockfile.cluster.password", "first-s3cret");
		ClusterLock lock = opened(
				ClusterLock.acquire(TestEngine.environment(properties), "", Duration.ZERO, this.listener));
		this.engine.execute("alter role app password 'second-s3cret'");
		this.engine.terminateHolder(this.name);
		Awaitility.await().until(() -> lock.state().reason().contains("password authentication failed"));
		assertThat(lock.state().state()).isEqualTo(State.FENCED);
		properties.put("lockfile.cluster.password", "second-s3cret");
		Awaitility.await().until(() -> lock.state().state().isHeld());
		lock.close();
		this.engine.execute("drop role app");
	}

}
