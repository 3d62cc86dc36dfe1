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

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;

import io.github.lockfile.spring.boot.FullHeap;
import io.github.lockfile.spring.boot.watch.ClusterLockEvent.State;
import io.github.lockfile.testsupport.ChildJvm;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * What the lock does on each engine if a holder, the network or the engine fails.
 */
abstract class ClusterOutageContract extends EngineTestCase {

	/**
	 * How long a takeover may take: half a second, on a machine that is ten times slower.
	 */
	static final Duration TAKEOVER = Duration.ofSeconds(5);

	/**
	 * Watches until one of two has got the lock and the other knows that it has it not.
	 * @param first the first holder
	 * @param second the second
	 * @return for how long both believed to hold it
	 */
	private static Duration overlap(ClusterLock first, CompletableFuture<ClusterLock> second) {
		long both = 0;
		long start = System.nanoTime();
		long before = start;
		long quiet = start;
		while (before - quiet < 500_000_000 && before - start < Duration.ofSeconds(30).toNanos()) {
			boolean firstHolds = first.state().state().isHeld();
			boolean secondHolds = second.isDone() && second.join().state().state().isHeld();
			long now = System.nanoTime();
			both += (firstHolds && secondHolds) ? now - before : 0;
			quiet = (firstHolds ^ secondHolds) ? quiet : now;
			before = now;
			LockSupport.parkNanos(100_000);
		}
		return Duration.ofNanos(both);
	}

	final void report(String what, Duration figure) {
		System.out.printf("%s, %s: %d ms%n", this.engine, what, figure.toMillis());
	}

	@Test
	void isTakenOverAfterKill() {
		ChildJvm holder = worker(Duration.ZERO).awaitOutput("HELD");
		CompletableFuture<ClusterLock> next = waiter();
		long killed = System.nanoTime();
		holder.kill();
		next.join();
		Duration takeover = Duration.ofNanos(System.nanoTime() - killed);
		report("kill -9 until the next one holds", takeover);
		assertThat(takeover).isLessThan(TAKEOVER);
	}

	@Test
	void aHeapThatIsFullForAWhileEndsNothing() {
		ChildJvm holder = opened(ChildJvm.start(List.of(), FullHeap.OPTIONS, System.getProperty("java.class.path"),
				LeakingWorker.class.getName(), this.engine.url(), this.name, LEASE.toMillis() + "ms"));
		holder.awaitOutput("HELD");
		holder.send("fill").awaitOutput("FREED");
		// A question that an error broke off costs the session, so a new one takes over.
		Awaitility.await().until(() -> this.engine.holders(this.name) == 1);
		holder.awaitOutput("AGAIN");
		assertThatExceptionOfType(ClusterLockHeldException.class).isThrownBy(this::acquire);
	}

	@Test
	void isRestoredAfterAnEngineRestart() {
		ClusterLock lock = acquire();
		this.engine.crash();
		Awaitility.await().until(() -> lock.state().state() == State.FENCED);
		this.engine.start();
		Awaitility.await().until(() -> lock.state().state().isHeld());
		assertThat(this.listener.statesWithoutPauses()).containsExactly(State.FENCED, State.RESTORED);
		assertThat(this.engine.holders(this.name)).isEqualTo(1);
	}

	@Test
	void letsTheEarlierHolderComeBackAfterAnEngineRestart() {
		// The engine must be up again before the lease is over.
		ClusterLock lock = acquireWithRoom(this.engine.url());
		CompletableFuture<ClusterLock> waiter = waiter();
		this.engine.crash();
		this.engine.start();
		RecordingListener second = new RecordingListener();
		assertThatExceptionOfType(ClusterLockHeldException.class)
			.isThrownBy(() -> acquire(this.engine.url(), Duration.ZERO, second));
		Awaitility.await().until(() -> lock.state().state().isHeld());
		assertThat(waiter).isNotDone();
		lock.close();
		waiter.join();
	}

	@Test
	void aTerminatedSessionIsNoticedAtOnceAndTheLockTakenBack() {
		ClusterLock lock = acquire();
		this.engine.terminateHolder(this.name);
		Awaitility.await()
			.until(() -> this.listener.statesWithoutPauses().equals(List.of(State.FENCED, State.RESTORED)));
		Awaitility.await().until(lock::isHeld);
	}

	@Test
	void twoDoNotBelieveToHoldAfterASessionWasTerminated() {
		for (int i = 0; i < 5; i++) {
			ClusterLock lock = acquire(this.engine.url(), Duration.ofSeconds(10), this.listener);
			CompletableFuture<ClusterLock> next = waiter();
			this.engine.terminateHolder(this.name);
			Duration overlap = overlap(lock, next);
			report("terminated session, both believe", overlap);
			assertThat(overlap).isLessThan(Duration.ofMillis(100));
			lock.close();
			next.join().close();
		}
	}

	@Test
	void aCutConnectionIsNoticedAtOnce() throws Exception {
		TcpProxy proxy = opened(new TcpProxy(this.engine.port));
		ClusterLock lock = acquire(this.engine.url("127.0.0.1", proxy.port()), Duration.ZERO, this.listener);
		CompletableFuture<ClusterLock> next = waiter();
		proxy.cut();
		Duration overlap = overlap(lock, next);
		report("cut connection, both believe", overlap);
		assertThat(overlap).isLessThan(Duration.ofMillis(100));
		assertThat(this.listener.statesWithoutPauses()).startsWith(State.FENCED);
		lock.close();
		next.join();
	}

	@Test
	void isRestoredWhenOnlyItsOwnSideWasCut() throws Exception {
		TcpProxy proxy = opened(new TcpProxy(this.engine.port));
		ClusterLock lock = acquire(this.engine.url("127.0.0.1", proxy.port()), Duration.ZERO, this.listener);
		proxy.cutClientSide();
		Awaitility.await()
			.until(() -> this.listener.statesWithoutPauses().equals(List.of(State.FENCED, State.RESTORED)));
		Awaitility.await().until(lock::isHeld);
		assertThat(this.engine.holders(this.name)).isEqualTo(1);
	}

	@Test
	void isFencedWhileNothingArrivesAndToldBeforeTheLeaseEnds() throws Exception {
		TcpProxy proxy = opened(new TcpProxy(this.engine.port));
		ClusterLock lock = acquire(this.engine.url("127.0.0.1", proxy.port()), Duration.ZERO, this.listener);
		proxy.blackhole(true);
		long cut = System.nanoTime();
		Awaitility.await().until(() -> !this.listener.deadlines.isEmpty());
		assertThat(this.listener.statesWithoutPauses()).containsExactly(State.FENCED);
		assertThat(Duration.ofNanos(System.nanoTime() - cut)).isLessThan(LEASE);
		proxy.blackhole(false);
		proxy.cut();
		Awaitility.await().until(() -> lock.state().state().isHeld());
	}

	@Test
	void aClockThatWasSetBackNeitherFailsAStartNorKeepsItWaiting() {
		assumeTrue(TestEngine.hasClocks(), "libfaketime is not installed");
		TestEngine usual = this.engine;
		try (TestEngine engine = other("clock").withClock()) {
			this.engine = engine;
			engine.start();
			engine.setClock(Duration.ofHours(-8));
			String before = String.valueOf(engine.value("select current_timestamp"));
			long start = System.nanoTime();
			ClusterLock lock = acquire();
			Duration waited = Duration.ofNanos(System.nanoTime() - start);
			report("set back by 8 h after a start, until held", waited);
			assertThat(before).isLessThan(String.valueOf(usual.value("select current_timestamp")));
			assertThat(waited).isGreaterThanOrEqualTo(LEASE);
			engine.setClock(Duration.ofHours(-16));
			engine.terminateHolder(this.name);
			Awaitility.await()
				.until(() -> this.listener.statesWithoutPauses().equals(List.of(State.FENCED, State.RESTORED)));
			Awaitility.await().until(lock::isHeld);
			lock.close();
		}
		finally {
			this.engine = usual;
		}
	}

	/**
	 * Returns another server of the kind.
	 * @param name the name of its directory
	 * @return the server, not started
	 */
	abstract TestEngine other(String name);

	@Test
	void aStoppedEngineFencesAndComesBack() {
		ClusterLock lock = acquire();
		ProcessHandle server = ProcessHandle.of(this.engine.pid()).orElseThrow();
		List<ProcessHandle> all = new ArrayList<>(server.descendants().toList());
		all.add(server);
		all.forEach((process) -> TestEngine.signal("STOP", process.pid()));
		try {
			// Until the driver has closed the connection: before that, it could still
			// answer.
			Awaitility.await()
				.until(() -> lock.state().state() == State.FENCED
						&& !lock.state().reason().startsWith("the database has not answered"));
		}
		finally {
			all.forEach((process) -> TestEngine.signal("CONT", process.pid()));
		}
		Awaitility.await().until(() -> lock.state().state().isHeld());
		assertThat(this.listener.statesWithoutPauses()).containsExactly(State.FENCED, State.RESTORED);
	}

	/**
	 * A real cut: no kernel answers for the holder.
	 */
	final void blackhole(Namespace namespace) {
		String url = this.engine.url(namespace.address(), this.engine.port);
		ChildJvm holder = worker(namespace.prefix(), url, Duration.ZERO).awaitOutput("HELD");
		CompletableFuture<Long> next = waiter().thenApply((lock) -> System.nanoTime());
		namespace.cut();
		long cut = System.nanoTime();
		holder.awaitOutput("FENCED");
		report("blackhole until fenced", Duration.ofNanos(System.nanoTime() - cut));
		assertThat(next).isNotDone();
		assertThat(holder.awaitExit()).isEqualTo(75);
		Duration ended = Duration.ofNanos(System.nanoTime() - cut);
		report("blackhole until ended", ended);
		assertThat(next).isNotDone();
		assertThat(ended).isLessThan(LEASE);
		Duration takeover = Duration.ofNanos(next.join() - cut);
		report("blackhole until the next one holds", takeover);
		assertThat(takeover).isLessThan(LEASE.multipliedBy(2));
	}

	@Test
	void oneThatVanishesIsFencedAndEndsBeforeAnyoneElseHolds() {
		assumeTrue(Namespace.isAvailable(), "needs root, to make a network that can be cut");
		try (Namespace namespace = new Namespace(); TestEngine engine = cuttable(namespace)) {
			TestEngine usual = this.engine;
			this.engine = engine;
			engine.start();
			engine.awaitUptime(LEASE);
			try {
				blackhole(namespace);
			}
			finally {
				this.engine = usual;
			}
		}
	}

	abstract TestEngine cuttable(Namespace namespace);

}
