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
import java.util.stream.Stream;

import io.github.lockfile.spring.boot.cluster.ClusterLock.State;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * The rules by which no two believe to hold, each with an engine that plays its part.
 */
@Timeout(60)
class ClusterLockRulesTests {

	private static final Duration LEASE = Duration.ofSeconds(2);

	private final FakeEngine engine = new FakeEngine();

	private final RecordingListener listener = new RecordingListener();

	private final List<ClusterLock> locks = new ArrayList<>();

	@AfterEach
	void closeLocks() {
		this.engine.hangs = false;
		this.locks.forEach(ClusterLock::close);
	}

	private ClusterLock acquire(Duration timeout) {
		return acquire(timeout, this.listener);
	}

	private ClusterLock acquire(Duration timeout, RecordingListener listener) {
		ClusterLock lock = ClusterLock.acquire(this.engine, "orders", LEASE, timeout, listener);
		synchronized (this.locks) {
			this.locks.add(lock);
		}
		return lock;
	}

	private CompletableFuture<ClusterLock> acquireInBackground(RecordingListener listener) {
		return CompletableFuture.supplyAsync(() -> acquire(Duration.ofSeconds(30), listener));
	}

	private ClusterSession stranger() {
		ClusterSession session = this.engine.open();
		assertThat(session.tryLock()).isTrue();
		return session;
	}

	private static void await(ClusterLock lock, State state) {
		Awaitility.await()
			.pollInterval(Duration.ofMillis(1))
			.untilAsserted(() -> assertThat(lock.snapshot().state()).isEqualTo(state));
	}

	@Test
	void isHeldFarBeyondItsLease() {
		ClusterLock lock = acquire(Duration.ZERO);
		long start = System.nanoTime();
		Awaitility.await()
			.pollInterval(Duration.ofMillis(1))
			.failFast(() -> lock.snapshot().state() != State.HELD)
			.until(() -> System.nanoTime() - start > LEASE.multipliedBy(2).toNanos());
		assertThat(this.listener.changes).isEmpty();
	}

	@Test
	void refusesASecondAndLeavesNothing() {
		acquire(Duration.ZERO);
		assertThatExceptionOfType(ClusterLockHeldException.class).isThrownBy(() -> acquire(Duration.ZERO))
			.withMessage("Another instance (session 1) holds the cluster lock 'orders' in the fake")
			.satisfies((ex) -> assertThat(ex.getExitCode()).isEqualTo(75));
		assertThat(this.engine.opened()).isEqualTo(2);
	}

	@Test
	void closingFreesTheLockAtOnce() {
		ClusterLock lock = acquire(Duration.ZERO);
		lock.close();
		assertThat(this.engine.isFree()).isTrue();
		assertThat(lock.snapshot().state()).isEqualTo(State.RELEASED);
		acquire(Duration.ZERO);
	}

	@Test
	void ruleAWaitsOutTheLeaseIfTheEngineIsNewAlsoWithoutATimeout() {
		this.engine.up(Duration.ofMillis(200));
		long start = System.nanoTime();
		acquire(Duration.ZERO);
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isBetween(LEASE.minusMillis(300),
				LEASE.multipliedBy(2));
		assertThat(this.listener.waits).singleElement().asString().contains("an earlier holder may not know yet");
	}

	@Test
	void ruleADoesNotHoldTheLockWhileItWaits() {
		this.engine.up(Duration.ZERO);
		CompletableFuture<ClusterLock> taker = acquireInBackground(this.listener);
		Awaitility.await().until(() -> !this.listener.waits.isEmpty());
		ClusterSession earlier = stranger();
		assertThat(this.engine.isFree()).isFalse();
		Awaitility.await().until(() -> this.listener.waits.size() == 2);
		assertThat(this.listener.waits.get(1)).contains("Another instance");
		earlier.close();
		assertThat(taker.join().snapshot().state()).isEqualTo(State.HELD);
	}

	@Test
	void ruleARefusesIfTheEarlierHolderComesBackMeanwhile() {
		this.engine.up(Duration.ZERO);
		CompletableFuture<Throwable> failure = CompletableFuture.supplyAsync(
				() -> assertThatExceptionOfType(ClusterLockHeldException.class).isThrownBy(() -> acquire(Duration.ZERO))
					.actual());
		Awaitility.await().until(() -> !this.listener.waits.isEmpty());
		stranger();
		assertThat(failure.join()).hasMessageContaining("Another instance (session 2)");
	}

	@Test
	void ruleAWaitsOutTheLeaseIfItsOwnSessionBroke() {
		ClusterSession holder = stranger();
		CompletableFuture<ClusterLock> taker = acquireInBackground(this.listener);
		Awaitility.await().until(() -> !this.listener.waits.isEmpty());
		long broken = System.nanoTime();
		this.engine.breakSessions();
		holder.close();
		ClusterLock lock = taker.join();
		assertThat(Duration.ofNanos(System.nanoTime() - broken)).isBetween(LEASE, LEASE.multipliedBy(3));
		assertThat(lock.snapshot().state()).isEqualTo(State.HELD);
	}

	@Test
	void takesAtOnceIfTheHolderEnds() {
		ClusterSession holder = stranger();
		CompletableFuture<ClusterLock> taker = acquireInBackground(this.listener);
		Awaitility.await().until(() -> !this.listener.waits.isEmpty());
		long ended = System.nanoTime();
		holder.close();
		taker.join();
		assertThat(Duration.ofNanos(System.nanoTime() - ended)).isLessThan(LEASE);
	}

	@Test
	void ruleBTakesTheLockBack() {
		ClusterLock lock = acquire(Duration.ZERO);
		this.engine.breakSessions();
		Awaitility.await().until(() -> this.listener.states().equals(List.of(State.FENCED, State.RESTORED)));
		assertThat(this.listener.changes.get(0).reason()).isEqualTo("cut");
		assertThat(lock.snapshot().state().isHeld()).isTrue();
		assertThat(this.listener.deadlines).isEmpty();
	}

	@Test
	void ruleBIsLostIfAnotherSessionHasIt() {
		ClusterSession other = this.engine.open();
		ClusterLock lock = acquire(Duration.ZERO);
		this.engine.giveTo(other);
		await(lock, State.LOST);
		assertThat(this.listener.states()).containsExactly(State.FENCED, State.LOST);
		assertThat(lock.snapshot().holder()).isNotNull();
		assertThat(this.listener.deadlines).isEmpty();
	}

	@Test
	void ruleBIsNotLostToItsOwnSessionOfWhichTheEngineDoesNotKnowThatItBroke() {
		acquire(Duration.ZERO);
		this.engine.unaware = true;
		this.engine.breakSessions();
		Awaitility.await().until(() -> this.listener.states().equals(List.of(State.FENCED, State.RESTORED)));
	}

	@Test
	void ruleBStaysInDoubtAboutASessionThatMayBeItsOwn() {
		ClusterLock lock = acquire(Duration.ZERO);
		this.engine.unaware = true;
		this.engine.hidesDetails = true;
		this.engine.breakSessions();
		await(lock, State.FENCED);
		Awaitility.await().until(() -> !this.listener.deadlines.isEmpty());
		assertThat(lock.snapshot().state()).isEqualTo(State.FENCED);
		assertThat(this.listener.deadlines).singleElement()
			.satisfies((left) -> assertThat(left).isLessThanOrEqualTo(LEASE.dividedBy(6)));
	}

	@Test
	void aHolderWhoseLeaseIsOverWaitsLikeAnyOther() {
		ClusterLock lock = acquire(Duration.ZERO);
		this.engine.down = "refused";
		this.engine.breakSessions();
		long broken = System.nanoTime();
		Awaitility.await().until(() -> System.nanoTime() - broken > LEASE.toNanos());
		this.engine.up(Duration.ZERO);
		long up = System.nanoTime();
		this.engine.down = null;
		await(lock, State.HELD);
		assertThat(Duration.ofNanos(System.nanoTime() - up)).isGreaterThanOrEqualTo(LEASE);
	}

	@Test
	void isFencedAndToldOfTheDeadlineWhileAConnectHangs() {
		ClusterLock lock = acquire(Duration.ZERO);
		this.engine.hangs = true;
		this.engine.breakSessions();
		await(lock, State.FENCED);
		Awaitility.await().until(() -> !this.listener.deadlines.isEmpty());
		this.engine.hangs = false;
		Awaitility.await().until(() -> lock.snapshot().state().isHeld());
		assertThat(this.listener.states()).containsExactly(State.FENCED, State.RESTORED);
		assertThat(this.listener.deadlines).hasSize(1);
	}

	static Stream<Error> errors() {
		return Stream.of(new OutOfMemoryError("heap"), new StackOverflowError(), new NoClassDefFoundError("Gone"));
	}

	@ParameterizedTest
	@MethodSource("errors")
	void anErrorOfTheEngineEndsNothing(Error error) {
		ClusterLock lock = acquire(Duration.ZERO);
		this.engine.fault = error;
		await(lock, State.FENCED);
		Awaitility.await().until(() -> !this.listener.deadlines.isEmpty());
		assertThat(lock.isHeld()).isFalse();
		assertThat(this.listener.failures).contains(error);
		this.engine.fault = null;
		Awaitility.await().until(lock::isHeld);
		assertThat(this.listener.states()).containsExactly(State.FENCED, State.RESTORED);
		assertThat(this.engine.isFree()).isFalse();
	}

	@ParameterizedTest
	@MethodSource("errors")
	void aListenerThatFailsIsToldAgainAndKeepsTheLock(Error error) {
		ClusterLock lock = acquire(Duration.ZERO);
		this.listener.fault = error;
		this.engine.hangs = true;
		this.engine.breakSessions();
		Awaitility.await().until(() -> this.listener.failures.contains(error));
		assertThat(lock.isHeld()).isFalse();
		this.listener.fault = null;
		Awaitility.await().until(() -> this.listener.states().equals(List.of(State.FENCED)));
		this.engine.hangs = false;
		Awaitility.await().until(() -> this.listener.states().equals(List.of(State.FENCED, State.RESTORED)));
	}

	@Test
	void waitsForTheEngineWithinTheTimeout() {
		this.engine.down = "refused";
		CompletableFuture<ClusterLock> taker = acquireInBackground(this.listener);
		Awaitility.await().until(() -> !this.listener.waits.isEmpty());
		assertThat(this.listener.waits.get(0)).contains("the fake cannot guard the cluster lock: refused; waiting");
		this.engine.down = null;
		assertThat(taker.join().snapshot().state()).isEqualTo(State.HELD);
	}

	@Test
	void failsWith69IfTheEngineIsDown() {
		this.engine.down = "refused";
		assertThatExceptionOfType(ClusterLockUnavailableException.class).isThrownBy(() -> acquire(Duration.ZERO))
			.withMessage("the fake cannot guard the cluster lock: refused")
			.satisfies((ex) -> assertThat(ex.getExitCode()).isEqualTo(69));
	}

}
