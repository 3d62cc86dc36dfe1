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
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

import io.github.lockfile.spring.boot.watch.ClusterLockEvent.State;
import io.github.lockfile.testsupport.ChildJvm;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.core.env.ConfigurableEnvironment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * An engine, and another name of a lock for each test.
 */
@Tag("once")
@TestInstance(Lifecycle.PER_CLASS)
@Timeout(300)
abstract class EngineTestCase {

	static final Duration LEASE = Duration.ofSeconds(6);

	/**
	 * For tests of what must not fence the lock: a sixth of the shortest lease without an
	 * answer does, and a busy machine can be that slow.
	 */
	static final Duration ROOMY_LEASE = Duration.ofSeconds(20);

	private final List<AutoCloseable> opened = new ArrayList<>();

	final RecordingListener listener = new RecordingListener();

	/**
	 * For what a test needs beside the engine.
	 */
	Path directory = Path.of("");

	TestEngine engine;

	String name = "";

	private Duration lease = LEASE;

	abstract TestEngine engine(Path directory);

	@BeforeAll
	void startEngine(@TempDir Path engine, @TempDir Path others) {
		this.directory = others;
		this.engine = engine(engine);
		this.engine.start();
	}

	@AfterAll
	void stopEngine() {
		if (this.engine != null) {
			this.engine.close();
		}
	}

	@BeforeEach
	void awaitEngine(TestInfo test) {
		this.name = test.getTestMethod().orElseThrow().getName();
		this.listener.waits.clear();
		this.listener.changes.clear();
		this.listener.deadlines.clear();
		this.lease = LEASE;
		// An engine that started less than a lease ago would make each test wait.
		this.engine.awaitUptime(LEASE);
	}

	@AfterEach
	void closeAll() throws Exception {
		for (int i = this.opened.size() - 1; i >= 0; i--) {
			this.opened.get(i).close();
		}
		this.opened.clear();
	}

	final synchronized <T extends AutoCloseable> T opened(T closeable) {
		this.opened.add(closeable);
		return closeable;
	}

	final Map<String, Object> properties(String url) {
		return new HashMap<>(Map.of("lockfile.cluster.url", url, "lockfile.cluster.name", this.name,
				"lockfile.cluster.lease", this.lease.toMillis() + "ms"));
	}

	/**
	 * Acquires the lock with a {@link #ROOMY_LEASE}.
	 */
	final ClusterLock acquireWithRoom(String url) {
		this.lease = ROOMY_LEASE;
		this.engine.awaitUptime(this.lease);
		return acquire(url, Duration.ZERO, this.listener);
	}

	final void assertHeldFor(Duration duration, ClusterLock lock) {
		long start = System.nanoTime();
		Awaitility.await()
			.until(() -> System.nanoTime() - start > duration.toNanos() || !this.listener.changes.isEmpty());
		assertThat(this.listener.changes).isEmpty();
		assertThat(lock.state().state()).isEqualTo(State.HELD);
		assertThat(this.engine.holders(this.name)).isEqualTo(1);
	}

	final ClusterLock acquire(String url, Duration timeout, RecordingListener listener) {
		return opened(ClusterLock.acquire(TestEngine.environment(properties(url)), "4711;host", timeout, listener));
	}

	final ClusterLock acquire() {
		return acquire(this.engine.url(), Duration.ZERO, this.listener);
	}

	final CompletableFuture<ClusterLock> waiter() {
		RecordingListener listener = new RecordingListener();
		CompletableFuture<ClusterLock> waiter = CompletableFuture
			.supplyAsync(() -> acquire(this.engine.url(), Duration.ofMinutes(1), listener));
		Awaitility.await().until(() -> !listener.waits.isEmpty());
		return waiter;
	}

	final ChildJvm worker(Duration timeout) {
		return worker(List.of(), this.engine.url(), timeout);
	}

	final ChildJvm worker(List<String> prefix, String url, Duration timeout) {
		return opened(ChildJvm.start(prefix, System.getProperty("java.class.path"), ClusterWorker.class, url, this.name,
				LEASE, timeout));
	}

	final Path subdirectory(String name) {
		try {
			return Files.createDirectory(this.directory.resolve(name));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	static @Nullable String text(DatabaseSession session, String sql) {
		return session.find((row) -> row.getString(1), sql);
	}

	final DatabaseSession session() {
		return session(this.engine.url());
	}

	final DatabaseSession session(String url) {
		ConfigurableEnvironment environment = TestEngine.environment(properties(url));
		return (DatabaseSession) new DatabaseSessionFactory(environment, ClusterProperties.from(environment), "")
			.open();
	}

	final void assertUnavailable(String url, String reason) {
		assertUnavailable(url, Duration.ZERO, reason);
	}

	final void assertUnavailable(String url, Duration timeout, String reason) {
		assertThatExceptionOfType(ClusterLockUnavailableException.class)
			.isThrownBy(() -> acquire(url, timeout, this.listener))
			.withMessageContaining(reason)
			.withMessageNotContainingAny("s3cret", "argument")
			.satisfies((ex) -> {
				assertThat(ex.getExitCode()).isEqualTo(69);
				assertThat(ex.getCause()).isNull();
			});
	}

}
