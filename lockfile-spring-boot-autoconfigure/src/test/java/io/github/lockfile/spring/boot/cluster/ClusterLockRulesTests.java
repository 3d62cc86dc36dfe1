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
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

import io.github.lockfile.spring.boot.watch.ClusterLockEvent.State;
import io.github.lockfile.spring.boot.watch.LockState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * The rules of the states, on an engine that is not real, in a time that is not, either.
 */
class ClusterLockRulesTests {

	private static final Duration LEASE = Duration.ofSeconds(60);

	private static final Duration SOON = Duration.ofSeconds(10);

	private final VirtualTime time = new VirtualTime();

	private final FakeEngine engine = new FakeEngine(this.time);

	private final RecordingListener listener = new RecordingListener();

	private final long start = this.time.nanoTime();

	private ClusterLock acquire(Duration timeout) {
		ClusterLock lock = ClusterLock.take(this.engine, "orders", LEASE, timeout, this.listener, this.time);
		this.time.every(LEASE.dividedBy(60), () -> {
			if (lock.keeper().isAnnouncing()) {
				survive(lock.keeper()::tick);
			}
		});
		return lock;
	}

	private ClusterLock acquire() {
		return acquire(Duration.ZERO);
	}

	/**
	 * Keeps the lock.
	 */
	private void keep(ClusterLock lock, Duration time) {
		long start = this.time.nanoTime();
		keepUntil(lock, () -> this.time.since(start).compareTo(time) >= 0);
	}

	private void keepUntil(ClusterLock lock, BooleanSupplier condition) {
		long start = this.time.nanoTime();
		while (!condition.getAsBoolean()) {
			assertThat(this.time.since(start)).as("nothing happens").isLessThan(LEASE.multipliedBy(10));
			if (!survive(lock.keeper()::keep)) {
				this.time.pause(Duration.ofMillis(50));
			}
		}
	}

	/**
	 * As an endless task does.
	 */
	private boolean survive(Runnable round) {
		try {
			round.run();
			return true;
		}
		catch (RuntimeException | Error ex) {
			if (ex instanceof AssertionError error) {
				throw error;
			}
			this.listener.failed(ex);
			return false;
		}
	}

	private void keepUntil(ClusterLock lock, State... states) {
		keepUntil(lock, () -> this.listener.states().equals(List.of(states)));
	}

	private ClusterSession stranger() {
		ClusterSession session = this.engine.open();
		assertThat(session.tryLock()).isTrue();
		return session;
	}

	private Duration passed() {
		return this.time.since(this.start);
	}

	/**
	 * Acquires the lock, and lets its lease be over without a connection.
	 */
	private ClusterLock lockWhoseLeaseIsOver(String reason) {
		ClusterLock lock = acquire();
		this.engine.down = reason;
		this.engine.breakSessions();
		keep(lock, LEASE.plusSeconds(1));
		return lock;
	}

	@Test
	void isHeldFarBeyondItsLease() {
		ClusterLock lock = acquire();
		this.time.every(Duration.ofMillis(100), () -> assertThat(lock.state().state()).isEqualTo(State.HELD));
		keep(lock, LEASE.multipliedBy(3));
		assertThat(this.listener.changes).isEmpty();
	}

	@Test
	void refusesASecondAndLeavesNothing() {
		acquire();
		assertThatExceptionOfType(ClusterLockHeldException.class).isThrownBy(this::acquire)
			.withMessage("Another instance (session 1) holds the cluster lock 'orders' in the fake")
			.satisfies((ex) -> assertThat(ex.getExitCode()).isEqualTo(75));
		assertThat(this.engine.opened()).isEqualTo(2);
		assertThat(this.engine.live()).isEqualTo(1);
	}

	@Test
	void aHolderThatIsJustEndingRefusesNobody() {
		ClusterSession holder = stranger();
		this.time.after(Duration.ofMillis(10), holder::close);
		assertThat(acquire().state().state()).isEqualTo(State.HELD);
	}

	@Test
	void ruleAWaitsOutTheLeaseIfTheEngineIsNewAlsoWithoutATimeout() {
		this.engine.up(Duration.ofMillis(200));
		acquire();
		assertThat(passed()).isEqualTo(LEASE.minusMillis(200));
		assertThat(this.listener.waits).hasSize(2);
		assertThat(this.listener.waits.get(0)).contains("an earlier holder may not know yet", "waiting 60 s");
	}

	@Test
	void ruleADoesNotHoldTheLockWhileItWaits() {
		this.engine.up(Duration.ZERO);
		this.time.after(SOON, () -> {
			ClusterSession earlier = stranger();
			this.time.after(LEASE, earlier::close);
		});
		acquire(LEASE.multipliedBy(2));
		assertThat(passed()).isBetween(LEASE.plus(SOON), LEASE.plus(SOON).plusMillis(500));
		assertThat(this.listener.waits).hasSizeGreaterThanOrEqualTo(2);
		assertThat(this.listener.waits.get(1)).contains("Another instance");
	}

	@Test
	void ruleARefusesIfTheEarlierHolderComesBackMeanwhile() {
		this.engine.up(Duration.ZERO);
		this.time.after(SOON, this::stranger);
		assertThatExceptionOfType(ClusterLockHeldException.class).isThrownBy(this::acquire)
			.withMessageContaining("Another instance (session 2)");
		assertThat(passed()).isLessThan(LEASE);
	}

	@Test
	void ruleAAsksLittleWhileNobodyHoldsAlthoughSomebodyJustDid() {
		this.engine.up(Duration.ofSeconds(1));
		ClusterSession holder = stranger();
		this.time.after(Duration.ofMillis(10), holder::close);
		acquire();
		assertThat(passed()).isEqualTo(LEASE.minusSeconds(1));
		assertThat(this.engine.statements.get("holder")).isLessThan(70);
	}

	@Test
	void ruleAEndsWithAnInterruptAlthoughSomebodyJustHeld() {
		this.engine.up(Duration.ofSeconds(1));
		ClusterSession holder = stranger();
		this.time.after(Duration.ofMillis(10), () -> {
			holder.close();
			Thread.currentThread().interrupt();
		});
		try {
			assertThatExceptionOfType(ClusterLockUnavailableException.class).isThrownBy(this::acquire)
				.withMessageContaining("the wait was interrupted");
		}
		finally {
			assertThat(Thread.interrupted()).isTrue();
		}
	}

	@Test
	void ruleAWaitsOutTheLeaseIfItsOwnSessionBroke() {
		ClusterSession holder = stranger();
		this.time.after(SOON, () -> {
			this.engine.breakSessions();
			holder.close();
		});
		acquire(LEASE.multipliedBy(2));
		assertThat(passed()).isBetween(SOON.plus(LEASE), SOON.plus(LEASE).plusMillis(500));
	}

	@Test
	void ruleADoesNotBelieveAClockThatWasSetBack() {
		this.engine.clockStep = Duration.ofHours(-8);
		acquire();
		assertThat(passed()).isEqualTo(LEASE);
		assertThat(this.listener.waits.get(0)).contains("waiting 60 s");
	}

	@Test
	void ruleACannotSeeThatAClockWasSetForward() {
		this.engine.up(Duration.ZERO);
		this.engine.clockStep = Duration.ofHours(8);
		acquire();
		assertThat(passed()).isZero();
	}

	@Test
	void takesSoonAfterTheHolderHasEnded() {
		for (int i = 0; i < 50; i++) {
			ClusterSession holder = stranger();
			long start = this.time.nanoTime();
			this.time.after(SOON, holder::close);
			acquire(LEASE).close();
			this.engine.breakSessions();
			assertThat(this.time.since(start)).isBetween(SOON, SOON.plusMillis(350));
		}
	}

	@Test
	void manyThatWaitAskLittle() {
		stranger();
		assertThatExceptionOfType(ClusterLockHeldException.class).isThrownBy(() -> acquire(Duration.ofMinutes(10)));
		int all = this.engine.statements.values().stream().mapToInt(Integer::intValue).sum();
		assertThat(all / 600.0).as("statements per second").isLessThan(210 / 40.0);
		assertThat(this.engine.statements.get("holder")).isLessThanOrEqualTo(this.listener.waits.size() + 1);
		assertThat(this.listener.waits).hasSizeBetween(15, 21);
	}

	@Test
	void thoseThatWaitDoNotAskAllAtOnce() {
		stranger();
		List<Long> times = new ArrayList<>();
		this.engine.onStatement = () -> times.add(this.time.nanoTime());
		assertThatExceptionOfType(ClusterLockHeldException.class).isThrownBy(() -> acquire(Duration.ofSeconds(30)));
		List<Long> pauses = new ArrayList<>();
		for (int i = 1; i < times.size(); i++) {
			pauses.add((times.get(i) - times.get(i - 1)) / 1_000_000);
		}
		assertThat(pauses.stream().distinct().count()).isGreaterThan(20);
	}

	@Test
	void ruleBTakesTheLockBack() {
		ClusterLock lock = acquire();
		this.time.after(SOON, this.engine::breakSessions);
		keepUntil(lock, State.FENCED, State.RESTORED);
		assertThat(passed()).isBetween(SOON, SOON.plusMillis(700));
		assertThat(this.listener.changes.get(0).reason()).isEqualTo("cut");
		assertThat(lock.state().state().isHeld()).isTrue();
		assertThat(this.listener.deadlines).isEmpty();
	}

	@Test
	void ruleBTakesTheLockBackFromAnEngineThatIsNewAtOnce() {
		ClusterLock lock = acquire();
		this.time.after(SOON, () -> {
			this.engine.breakSessions();
			this.engine.up(Duration.ZERO);
		});
		keepUntil(lock, State.FENCED, State.RESTORED);
		assertThat(passed()).isLessThan(SOON.plusSeconds(1));
	}

	@Test
	void ruleBIsLostIfAnotherSessionHasIt() {
		ClusterSession other = this.engine.open();
		ClusterLock lock = acquire();
		this.time.after(SOON, () -> this.engine.giveTo(other));
		keepUntil(lock, State.FENCED, State.LOST);
		assertThat(this.listener.deadlines).isEmpty();
	}

	@Test
	void ruleBIsNotLostToItsOwnSessionOfWhichTheEngineDoesNotKnowThatItBroke() {
		ClusterLock lock = acquire();
		this.engine.unaware = true;
		this.engine.breakSessions();
		keepUntil(lock, State.FENCED, State.RESTORED);
	}

	@Test
	void ruleBStaysInDoubtAboutASessionThatMayBeItsOwn() {
		ClusterLock lock = acquire();
		this.engine.unaware = true;
		this.engine.hidesDetails = true;
		this.engine.breakSessions();
		keep(lock, LEASE.multipliedBy(2));
		assertThat(this.listener.states()).containsExactly(State.FENCED);
		assertThat(this.listener.deadlines).singleElement()
			.satisfies((left) -> assertThat(left).isBetween(LEASE.dividedBy(6).minusSeconds(2), LEASE.dividedBy(6)));
	}

	@Test
	void aHolderWhoseLeaseIsOverWaitsLikeAnyOther() {
		ClusterLock lock = lockWhoseLeaseIsOver("refused");
		this.engine.up(Duration.ZERO);
		this.engine.down = null;
		long up = this.time.nanoTime();
		keepUntil(lock, State.FENCED, State.RESTORED);
		assertThat(this.time.since(up)).isBetween(LEASE, LEASE.plusSeconds(10));
	}

	@Test
	void aHolderWhoseLeaseIsOverAsksLittleWhileItWaits() {
		ClusterLock lock = lockWhoseLeaseIsOver("refused");
		this.engine.up(Duration.ZERO);
		this.engine.down = null;
		int opened = this.engine.opened();
		this.engine.statements.clear();
		keepUntil(lock, State.FENCED, State.RESTORED);
		assertThat(this.engine.opened() - opened).isLessThan(40);
		assertThat(this.engine.statements.values().stream().mapToInt(Integer::intValue).sum()).isLessThan(120);
	}

	/**
	 * A standby that took over from the primary on which somebody else had the lock.
	 */
	@Test
	void aHolderWhoseLeaseIsOverWaitsIfItComesToAnotherEngineThatHasBeenUpForLong() {
		ClusterLock lock = lockWhoseLeaseIsOver("cut off");
		this.engine.up(Duration.ofHours(1));
		this.engine.down = null;
		long back = this.time.nanoTime();
		keepUntil(lock, State.FENCED, State.RESTORED);
		assertThat(this.time.since(back)).isBetween(LEASE, LEASE.plusSeconds(10));
	}

	@Test
	void aHolderWhoseLeaseIsOverHurriesNoMore() {
		ClusterLock lock = acquire();
		this.engine.refuses = "wrong password";
		this.engine.breakSessions();
		keep(lock, LEASE.plusSeconds(1));
		int before = this.engine.attempts();
		keep(lock, LEASE.multipliedBy(9));
		assertThat(this.engine.attempts() - before).isBetween(8, 30);
		this.engine.refuses = null;
		this.engine.down = "refused";
		keep(lock, LEASE);
		before = this.engine.attempts();
		keep(lock, LEASE.multipliedBy(9));
		assertThat(this.engine.attempts() - before).isBetween(100, 220);
	}

	@Test
	void aHolderWhoseLeaseIsOverDoesNotWaitForAClockThatWasSetBack() {
		ClusterLock lock = lockWhoseLeaseIsOver("refused");
		this.engine.clockStep = Duration.ofHours(-8);
		this.engine.up(Duration.ZERO);
		this.engine.down = null;
		long up = this.time.nanoTime();
		keepUntil(lock, State.FENCED, State.RESTORED);
		assertThat(this.time.since(up)).isBetween(LEASE, LEASE.plusSeconds(10));
	}

	@Test
	void aHolderThatIsOnlyCutOffDoesNotWaitForAClockThatWasSetBack() {
		ClusterLock lock = lockWhoseLeaseIsOver("cut off");
		this.engine.clockStep = Duration.ofHours(-8);
		this.engine.down = null;
		long back = this.time.nanoTime();
		keepUntil(lock, State.FENCED, State.RESTORED);
		assertThat(this.time.since(back)).isLessThan(Duration.ofSeconds(5));
	}

	@Test
	void aStatementThatFailsLetsNothingGo() {
		ClusterLock lock = acquire();
		this.time.after(SOON, () -> this.engine.error = "interrupted");
		this.time.after(SOON.multipliedBy(2), () -> this.engine.error = null);
		this.time.every(Duration.ofMillis(100), () -> assertThat(lock.isHeld()).isTrue());
		keep(lock, LEASE.multipliedBy(2));
		assertThat(this.listener.changes).isEmpty();
		assertThat(this.engine.opened()).isEqualTo(1);
		assertThat(this.engine.statements.get("other")).as("statements").isLessThan(1200);
	}

	@Test
	void statementsThatFailForTooLongAreNoAnswer() {
		ClusterLock lock = acquire();
		this.engine.error = "interrupted";
		keep(lock, LEASE);
		assertThat(this.listener.states()).containsExactly(State.FENCED);
		assertThat(this.listener.changes.get(0).reason())
			.isEqualTo("the database has not answered for 40 s, but said: interrupted");
		assertThat(this.listener.deadlines).hasSize(1);
		assertThat(this.engine.isFree()).isFalse();
		this.engine.error = null;
		keepUntil(lock, State.FENCED, State.HELD);
		assertThat(this.engine.opened()).isEqualTo(1);
	}

	@Test
	void aSessionThatEndsAfterAStatementHasFailedIsKnownToBeBrokenAtOnce() {
		ClusterLock lock = acquire();
		this.engine.error = "interrupted";
		lock.keeper().keep();
		assertThat(lock.isHeld()).isTrue();
		long failed = this.time.nanoTime();
		this.engine.down = "refused";
		this.engine.breakSessions();
		lock.keeper().keep();
		assertThat(lock.isHeld()).isFalse();
		assertThat(this.listener.changes.get(0).reason()).isEqualTo("cut");
		assertThat(this.time.since(failed)).isLessThan(Duration.ofMillis(250));
	}

	@Test
	void aLossThatComesWhileTheClockTellsSomethingElseIsTold() {
		ClusterSession other = this.engine.open();
		AtomicReference<ClusterLockKeeper> keeper = new AtomicReference<>();
		RecordingListener listener = new RecordingListener() {

			@Override
			public void changed(LockState.Cluster now) {
				super.changed(now);
				ClusterLockKeeper unaware = keeper.getAndSet(null);
				if (unaware != null) {
					ClusterLockRulesTests.this.engine.giveTo(other);
					this.fault = new OutOfMemoryError();
					unaware.keep();
					unaware.keep();
					this.fault = null;
				}
			}

		};
		ClusterLock lock = ClusterLock.take(this.engine, "orders", LEASE, Duration.ZERO, listener, this.time);
		keeper.set(lock.keeper());
		this.time.pause(LEASE.dividedBy(4).multipliedBy(3));
		lock.keeper().tick();
		assertThat(lock.state().state()).isEqualTo(State.LOST);
		assertThat(listener.states()).containsExactly(State.FENCED);
		assertThat(lock.keeper().isAnnouncing()).isTrue();
		lock.keeper().tick();
		assertThat(listener.states()).containsExactly(State.FENCED, State.LOST);
		assertThat(lock.keeper().isAnnouncing()).isFalse();
	}

	@Test
	void aLockThatNobodyKeepsIsFreedWhenItIsClosed() {
		// As if its threads could not be started.
		ClusterLock.take(this.engine, "orders", LEASE, Duration.ZERO, this.listener, this.time).close();
		assertThat(this.engine.isFree()).isTrue();
		assertThat(this.engine.live()).isZero();
	}

	@Test
	void aLockThatCannotBeKeptIsFreed() {
		Ticker failing = new Ticker() {

			@Override
			public long nanoTime() {
				if (!ClusterLockRulesTests.this.engine.isFree()) {
					throw new OutOfMemoryError();
				}
				return ClusterLockRulesTests.this.time.nanoTime();
			}

			@Override
			public void pause(Duration time) {
				ClusterLockRulesTests.this.time.pause(time);
			}

		};
		assertThatExceptionOfType(OutOfMemoryError.class)
			.isThrownBy(() -> ClusterLock.take(this.engine, "orders", LEASE, Duration.ZERO, this.listener, failing));
		assertThat(this.engine.isFree()).isTrue();
		assertThat(this.engine.live()).isZero();
	}

	@Test
	void isFencedAndToldOfTheDeadlineWhileAConnectHangs() {
		ClusterLock lock = acquire();
		this.engine.hangs = true;
		this.engine.breakSessions();
		this.time.after(LEASE.multipliedBy(2), () -> this.engine.hangs = false);
		keepUntil(lock, State.FENCED, State.RESTORED);
		assertThat(this.listener.deadlines).hasSize(1);
	}

	static Stream<Error> errors() {
		return Stream.of(new OutOfMemoryError("heap"), new StackOverflowError(), new NoClassDefFoundError("Gone"));
	}

	@ParameterizedTest
	@MethodSource("errors")
	void anErrorOfTheEngineEndsNothing(Error error) {
		ClusterLock lock = acquire();
		this.engine.fault = error;
		keep(lock, LEASE);
		assertThat(this.listener.states()).containsExactly(State.FENCED);
		assertThat(this.listener.deadlines).hasSize(1);
		assertThat(lock.isHeld()).isFalse();
		assertThat(this.listener.failures).contains(error);
		this.engine.fault = null;
		keepUntil(lock, State.FENCED, State.RESTORED);
		assertThat(this.engine.isFree()).isFalse();
	}

	@ParameterizedTest
	@MethodSource("errors")
	void anErrorEndsTheBeliefBeforeAnythingElseHappens(Error error) {
		ClusterLock lock = acquire();
		this.engine.fault = error;
		// The driver may have closed the connection before it threw the error.
		assertThat(survive(lock.keeper()::keep)).isFalse();
		assertThat(lock.isHeld()).isFalse();
	}

	@ParameterizedTest
	@MethodSource("errors")
	void aListenerThatFailsIsToldAgainAndKeepsTheLock(Error error) {
		ClusterLock lock = acquire();
		this.listener.fault = error;
		this.engine.down = "refused";
		this.engine.breakSessions();
		keep(lock, SOON);
		assertThat(this.listener.failures).contains(error);
		assertThat(lock.isHeld()).isFalse();
		this.listener.fault = null;
		keep(lock, SOON);
		assertThat(this.listener.states()).containsExactly(State.FENCED);
		this.engine.down = null;
		keepUntil(lock, State.FENCED, State.RESTORED);
	}

	@Test
	void waitsForTheEngineWithinTheTimeout() {
		this.engine.down = "refused";
		this.time.after(SOON, () -> this.engine.down = null);
		assertThat(acquire(LEASE).state().state()).isEqualTo(State.HELD);
		assertThat(passed()).isBetween(SOON, SOON.plusSeconds(5));
		assertThat(this.listener.waits)
			.containsExactly("the fake cannot guard the cluster lock: refused; waiting at most 60 s");
	}

	@Test
	void asksAnEngineThatIsDownLessAndLessOften() {
		this.engine.down = "refused";
		assertThatExceptionOfType(ClusterLockUnavailableException.class)
			.isThrownBy(() -> acquire(Duration.ofMinutes(10)));
		assertThat(this.engine.attempts()).isLessThan(260);
		assertThat(passed()).isEqualTo(Duration.ofMinutes(10));
	}

	@Test
	void asksOnceIfSomebodyHasToAct() {
		this.engine.refuses = "wrong password";
		assertThatExceptionOfType(ClusterLockUnavailableException.class)
			.isThrownBy(() -> acquire(Duration.ofMinutes(10)))
			.withMessageContaining("wrong password");
		assertThat(this.engine.attempts()).isEqualTo(1);
		assertThat(passed()).isZero();
	}

	@Test
	void aHolderGoesOnConnectingWhateverItIsToldWithoutAStorm() {
		ClusterLock lock = acquire();
		int before = this.engine.attempts();
		this.engine.refuses = "wrong password";
		this.engine.breakSessions();
		keep(lock, LEASE.dividedBy(2));
		assertThat(this.engine.attempts() - before).isBetween(10, 35);
		this.engine.refuses = null;
		keepUntil(lock, State.FENCED, State.RESTORED);
	}

	@Test
	void failsWith69IfTheEngineIsDown() {
		this.engine.down = "refused";
		assertThatExceptionOfType(ClusterLockUnavailableException.class).isThrownBy(this::acquire)
			.withMessage("the fake cannot guard the cluster lock: refused")
			.satisfies((ex) -> assertThat(ex.getExitCode()).isEqualTo(69));
	}

	@Test
	void anInterruptEndsTheWait() {
		this.engine.up(Duration.ZERO);
		this.time.after(SOON, Thread.currentThread()::interrupt);
		try {
			assertThatExceptionOfType(ClusterLockUnavailableException.class).isThrownBy(this::acquire)
				.withMessageContaining("the wait was interrupted");
		}
		finally {
			assertThat(Thread.interrupted()).isTrue();
		}
	}

	@Test
	void theLongestTimeoutIsNoMistake() {
		assertThat(acquire(Duration.ofSeconds(Long.MAX_VALUE)).state().state()).isEqualTo(State.HELD);
	}

}
