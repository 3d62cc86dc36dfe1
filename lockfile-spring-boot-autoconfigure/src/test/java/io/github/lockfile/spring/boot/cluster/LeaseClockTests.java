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
import java.time.Instant;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

import io.github.lockfile.spring.boot.watch.ClusterLockEvent.State;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class LeaseClockTests {

	private static final Duration LEASE = Duration.ofSeconds(60);

	private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - Duration.ofSeconds(5).toNanos());

	private final long start = this.now.get();

	private final LeaseClock clock = new LeaseClock(LEASE, this.now::get, this.start);

	@Test
	void isFencedAfterTwoThirdsOfTheLease() {
		at(39.9);
		assertState(State.HELD);
		at(40);
		assertState(State.FENCED);
		assertThat(this.clock.snapshot().reason()).isEqualTo("the database has not answered for 40 s");
	}

	/**
	 * After a sixth of the lease the driver closes the connection, and another instance
	 * may take the lock before the driver can say so.
	 */
	@Test
	void doesNotBelieveWhileAQuestionIsWithoutAnAnswerForAlmostAsLongAsTheDriverWaits() {
		at(20);
		this.clock.renewed(seconds(20));
		this.clock.asking();
		at(28.9);
		assertState(State.HELD);
		at(29);
		assertState(State.FENCED);
		assertThat(this.clock.snapshot().reason()).isEqualTo("the database has not answered for 9 s");
		this.clock.answered();
		assertState(State.HELD);
		this.clock.asking();
		at(39);
		assertState(State.FENCED);
		this.clock.broken("cut");
		this.clock.retaken(seconds(39));
		assertState(State.RESTORED);
	}

	@Test
	void countsFromWhenTheRequestWasSent() {
		at(30);
		this.clock.renewed(seconds(10));
		at(49.9);
		assertState(State.HELD);
		at(50);
		assertState(State.FENCED);
	}

	@Test
	void anAnswerThatIsTooOldDoesNotLiftTheFence() {
		at(120);
		this.clock.renewed(seconds(10));
		assertState(State.FENCED);
	}

	@Test
	void isHeldAgainIfTheSessionStillHasIt() {
		at(120);
		assertState(State.FENCED);
		this.clock.renewed(seconds(120));
		assertState(State.HELD);
	}

	@Test
	void isFencedAtOnceIfTheSessionIsBroken() {
		at(1);
		this.clock.broken("cut");
		assertState(State.FENCED);
		assertThat(this.clock.snapshot().reason()).isEqualTo("cut");
	}

	@Test
	void isFencedSinceTheFirstOfSeveralFailures() {
		Instant before = Instant.now();
		this.clock.broken("cut");
		Instant since = this.clock.snapshot().since();
		assertThat(since).isBetween(before, Instant.now());
		this.clock.broken("refused");
		assertThat(this.clock.snapshot().reason()).isEqualTo("refused");
		assertThat(this.clock.snapshot().since()).isEqualTo(since);
	}

	@Test
	void isRestoredByANewSessionAndThenHeld() {
		this.clock.broken("cut");
		at(2);
		this.clock.retaken(seconds(2));
		assertState(State.RESTORED);
		assertThat(this.clock.snapshot().reason()).isEmpty();
		this.clock.renewed(seconds(3));
		assertState(State.HELD);
		at(2 + 40 + 1);
		assertState(State.FENCED);
	}

	@Test
	void lostIsForGood() {
		HolderInfo other = new HolderInfo("7@x", 7, "app@host", "123", null);
		this.clock.lost(other);
		this.clock.renewed(seconds(0));
		this.clock.released();
		assertState(State.LOST);
		assertThat(this.clock.isOver()).isTrue();
		assertThat(this.clock.snapshot().reason()).isEqualTo("another instance has it: '123', session 7 of app@host");
	}

	@Test
	void theDeadlineIsAtFiveSixthsOfTheLease() {
		assertThat(tickUntil(49)).isFalse();
		assertThat(tickUntil(50)).isTrue();
		assertThat(this.clock.leftNanos()).isEqualTo(Duration.ofSeconds(10).toNanos());
		assertThat(this.clock.isLeaseOver()).isFalse();
		tickUntil(60);
		assertThat(this.clock.isLeaseOver()).isTrue();
		assertThat(this.clock.leftNanos()).isZero();
	}

	@Test
	void aShortLeaseLeavesTimeToEnd() {
		LeaseClock shortest = new LeaseClock(Duration.ofSeconds(6), this.now::get, this.start);
		at(4.4);
		shortest.tick();
		assertThat(shortest.tick()).isFalse();
		at(4.5);
		assertThat(shortest.tick()).isTrue();
		assertThat(Duration.ofNanos(shortest.leftNanos())).isEqualTo(Duration.ofMillis(1500));
	}

	@Test
	void theDeadlineOfABrokenSessionCountsFromTheLastRenewal() {
		tickUntil(10);
		this.clock.broken("cut");
		assertThat(tickUntil(49)).isFalse();
		assertThat(tickUntil(50)).isTrue();
	}

	@Test
	void aRenewalLiftsTheDeadline() {
		tickUntil(55);
		this.clock.renewed(seconds(55));
		assertThat(this.clock.tick()).isFalse();
	}

	@Test
	void aProcessThatWasStoppedMayAskBeforeItEnds() {
		tickUntil(5);
		at(120);
		assertState(State.FENCED);
		assertThat(this.clock.tick()).isFalse();
		assertThat(tickUntil(120, 129)).isFalse();
		assertThat(tickUntil(129, 130)).isTrue();
	}

	/**
	 * A lease of 6 s ended after 7.3 s, on a machine with 20 threads that wanted a
	 * processor: the database was silent, and the deadline was noticed 0.6 s late.
	 */
	@Test
	void aProcessThatWasFencedBeforeItWasLateEndsAtOnce() {
		LeaseClock shortest = new LeaseClock(Duration.ofSeconds(6), this.now::get, this.start);
		shortest.asking();
		for (double i = 0; i < 4.4; i += 0.1) {
			at(i);
			assertThat(shortest.tick()).isFalse();
		}
		at(5.1);
		assertThat(shortest.tick()).isTrue();
	}

	@Test
	void aProcessThatWasStoppedEndsBeforeItsLeaseIfItStillCan() {
		tickUntil(5);
		at(52);
		assertThat(this.clock.tick()).isFalse();
		at(58.4);
		assertThat(this.clock.tick()).isFalse();
		at(58.5);
		assertThat(this.clock.tick()).isTrue();
	}

	@Test
	void isGivenTimeToAskOnlyOncePerRenewal() {
		at(120);
		this.clock.tick();
		at(140);
		assertThat(this.clock.tick()).isTrue();
		this.clock.renewed(seconds(140));
		at(240);
		assertThat(this.clock.tick()).isFalse();
	}

	@Test
	void anAnswerToARequestFromBeforeAPauseNeitherEndsNorExtendsTheTimeToAsk() {
		tickUntil(5);
		at(120);
		assertThat(this.clock.tick()).isFalse();
		this.clock.renewed(seconds(5));
		assertThat(tickUntil(120, 125)).isFalse();
		this.clock.renewed(seconds(6));
		assertThat(tickUntil(125, 129)).isFalse();
		assertThat(tickUntil(129, 130)).isTrue();
	}

	@Test
	void aPauseInTheMiddleOfATickIsNoDeadline() {
		Iterator<Double> readings = List.of(0.0, 1.0, 120.0, 120.0).iterator();
		LeaseClock stopped = new LeaseClock(LEASE, () -> seconds(readings.next()), this.start);
		assertThat(stopped.tick()).isFalse();
		assertThat(stopped.tick()).isFalse();
	}

	private void assertState(State state) {
		assertThat(this.clock.snapshot().state()).isEqualTo(state);
		assertThat(this.clock.isHeld()).isEqualTo(state.isHeld());
	}

	private void at(double seconds) {
		this.now.set(seconds(seconds));
	}

	private long seconds(double seconds) {
		return this.start + (long) (seconds * 1e9);
	}

	private boolean tickUntil(int seconds) {
		return tickUntil(0, seconds);
	}

	private boolean tickUntil(int from, int seconds) {
		boolean due = false;
		for (int i = from; i <= seconds; i++) {
			at(i);
			due = this.clock.tick();
		}
		return due;
	}

}
