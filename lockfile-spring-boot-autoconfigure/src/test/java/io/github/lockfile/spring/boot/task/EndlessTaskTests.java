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

package io.github.lockfile.spring.boot.task;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

class EndlessTaskTests {

	private static final Duration LONG = Duration.ofDays(400_000);

	private final AtomicInteger rounds = new AtomicInteger();

	private final List<Throwable> failures = new CopyOnWriteArrayList<>();

	private EndlessTask task = task(Duration.ofMillis(1), this.rounds::incrementAndGet);

	private EndlessTask task(Duration pause, EndlessTask.Round round) {
		return new EndlessTask("endless", pause, round, this.failures::add);
	}

	@AfterEach
	void end() {
		this.task.end();
	}

	static Stream<Throwable> throwables() {
		return Stream.of(new IllegalStateException(), new IOException(), new InterruptedException(),
				new OutOfMemoryError(), new StackOverflowError(), new NoClassDefFoundError(), new Error());
	}

	@ParameterizedTest
	@MethodSource("throwables")
	void noThrowableEndsIt(Throwable thrown) {
		this.task = task(Duration.ZERO, () -> {
			this.rounds.incrementAndGet();
			sneak(thrown);
		});
		this.task.start();
		Awaitility.await().until(() -> this.rounds.get() > 3);
		assertThat(this.task.isRunning()).isTrue();
		assertThat(this.failures).as("what fails again and again is reported once").containsExactly(thrown);
	}

	@Test
	void aFailureThatCannotBeReportedIsReportedAfterTheNext() {
		AtomicReference<Error> report = new AtomicReference<>(new OutOfMemoryError());
		this.task = new EndlessTask("endless", Duration.ZERO, () -> {
			this.rounds.incrementAndGet();
			throw new IllegalStateException();
		}, (failure) -> {
			if (report.get() != null) {
				throw report.get();
			}
			this.failures.add(failure);
		});
		this.task.start();
		Awaitility.await().until(() -> this.rounds.get() > 3);
		assertThat(this.failures).isEmpty();
		report.set(null);
		Awaitility.await().until(() -> this.failures.size() == 1);
	}

	@Test
	void aRoundThatFailsAtOnceDoesNotKeepAProcessorBusy() {
		this.task = task(Duration.ZERO, () -> {
			this.rounds.incrementAndGet();
			throw new IllegalStateException();
		});
		long start = System.nanoTime();
		this.task.start();
		Awaitility.await().until(() -> this.rounds.get() > 10);
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(Duration.ofMillis(450));
	}

	@Test
	void anInterruptNeitherEndsItNorShortensThePause() {
		this.task = new EndlessTask("interrupted", LONG, this.rounds::incrementAndGet, this.failures::add);
		this.task.start();
		Thread thread = Thread.getAllStackTraces()
			.keySet()
			.stream()
			.filter((each) -> each.getName().equals("interrupted"))
			.findFirst()
			.orElseThrow();
		assertThat(thread.isDaemon()).isTrue();
		thread.interrupt();
		Awaitility.await().during(Duration.ofMillis(100)).until(() -> this.rounds.get() == 0);
		this.task.hurry();
		Awaitility.await().until(() -> this.rounds.get() == 1);
	}

	@Test
	void noRoundIsInterruptedByWhatHappenedBefore() {
		AtomicInteger interrupted = new AtomicInteger();
		this.task = task(Duration.ZERO, () -> {
			if (Thread.currentThread().isInterrupted()) {
				interrupted.incrementAndGet();
			}
			this.rounds.incrementAndGet();
			Thread.currentThread().interrupt();
		});
		this.task.start();
		Awaitility.await().until(() -> this.rounds.get() > 3);
		assertThat(interrupted).hasValue(0);
	}

	@Test
	void endsWhenItIsTold() throws InterruptedException {
		this.task = task(LONG, this.rounds::incrementAndGet);
		this.task.start();
		this.task.end();
		Awaitility.await().until(() -> this.task.awaitEnd(Duration.ofMillis(100)));
		assertThat(this.task.isRunning()).isFalse();
		assertThat(this.rounds).hasValue(0);
	}

	@SuppressWarnings("unchecked")
	private static <T extends Throwable> void sneak(Throwable thrown) throws T {
		throw (T) thrown;
	}

}
