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

package io.github.lockfile.spring.boot.startup;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

import io.github.lockfile.spring.boot.FullHeap;
import io.github.lockfile.spring.boot.watch.ClusterLockEvent;
import io.github.lockfile.spring.boot.watch.ClusterLockEvent.State;
import io.github.lockfile.spring.boot.watch.LockState;
import io.github.lockfile.testsupport.ChildJvm;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.LivenessState;
import org.springframework.context.ApplicationEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.context.support.GenericApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Each step is tried, and again until it is done.
 */
class LockLossTests {

	private final GenericApplicationContext context = new GenericApplicationContext();

	private final List<ApplicationEvent> heard = new CopyOnWriteArrayList<>();

	private final CountDownLatch goesOn = new CountDownLatch(1);

	private final WatchLog log = new WatchLog();

	private final ApplicationEvents events = new ApplicationEvents(this.context, this.log);

	private final LockLoss loss = new LockLoss(this.events, this.log, null);

	@BeforeEach
	void start() {
		this.log.start();
		this.events.start();
		this.context.addApplicationListener((ApplicationListener<ApplicationEvent>) this::on);
	}

	@AfterEach
	void close() {
		this.goesOn.countDown();
		this.events.close();
		this.log.close();
		this.context.close();
	}

	private void on(ApplicationEvent event) {
		if (Thread.currentThread().getName().startsWith("lockfile-")) {
			this.heard.add(event);
			try {
				this.goesOn.await();
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		}
	}

	private static ClusterLockEvent event(GenericApplicationContext context, State state, String reason) {
		return new ClusterLockEvent(context, "orders", state, reason, Instant.now());
	}

	private boolean hasHeard(State state) {
		return this.heard.stream().anyMatch((event) -> event instanceof ClusterLockEvent lock && lock.state() == state);
	}

	@Test
	void anEventForWhichThereIsNoRoomIsPublishedLater() {
		this.context.refresh();
		fill();
		assertGoesOnUntilDone();
	}

	@Test
	void anEventForWhichThereIsNoRoomBeforeTheRefreshIsPublishedLater() {
		fill();
		assertThat(this.loss.act(event(this.context, State.LOST, "gone"), "Lost")).isFalse();
		this.context.refresh();
		this.goesOn.countDown();
		ClusterLockEvent lost = event(this.context, State.LOST, "gone");
		Awaitility.await().until(() -> this.loss.act(lost, "Lost"));
		Awaitility.await().until(() -> hasHeard(State.LOST));
	}

	private void fill() {
		for (int i = 0; i < Lane.CAPACITY + 10; i++) {
			this.events.publish(event(this.context, State.FENCED, "cut"));
		}
	}

	private void assertGoesOnUntilDone() {
		ClusterLockEvent lost = event(this.context, State.LOST, "gone");
		assertThat(this.loss.act(lost, "Lost")).isFalse();
		this.goesOn.countDown();
		Awaitility.await().until(() -> this.loss.act(lost, "Lost"));
		Awaitility.await().until(() -> hasHeard(State.LOST));
		Awaitility.await()
			.until(() -> this.heard.stream()
				.anyMatch((event) -> event instanceof AvailabilityChangeEvent<?> change
						&& change.getState() == LivenessState.BROKEN));
		assertThat(this.loss.act(lost, "Lost")).isTrue();
		assertThat(this.heard.stream().filter(lost::equals)).hasSizeLessThan(2);
	}

	@Test
	void whatWasPreparedIsToldIfThereIsNothingBetter() {
		this.context.refresh();
		this.goesOn.countDown();
		assertThat(this.loss.act(null, null)).as("nothing is prepared").isFalse();
		LockState.Cluster held = new LockState.Cluster("orders", "the fake", State.HELD, "", Instant.now());
		ClusterLockReporter.prepareLoss(this.context, held, this.loss);
		assertThat(this.loss.act(null, null)).isTrue();
		Awaitility.await().until(() -> hasHeard(State.LOST));
	}

	@ParameterizedTest
	@ValueSource(strings = { "host", "cluster", "deadline" })
	void theShutdownBeginsAlthoughTheHeapIsFull(String kind) {
		try (ChildJvm jvm = ChildJvm.start(List.of(), FullHeap.OPTIONS, System.getProperty("java.class.path"),
				FullHeapWorker.class.getName(), kind)) {
			assertThat(jvm.awaitExit()).as(jvm.output()).isEqualTo(75);
		}
	}

	/**
	 * Loses a lock while the heap is full to the last bytes. Without a shutdown it ends
	 * with another code.
	 */
	static class FullHeapWorker {

		/**
		 * In a constant that has been initialized: a literal is allocated when it is used
		 * first.
		 */
		private static final String LOST = "Lost";

		public static void main(String[] args) {
			GenericApplicationContext context = new GenericApplicationContext();
			WatchLog log = new WatchLog();
			ApplicationEvents events = new ApplicationEvents(context, log);
			log.start();
			events.start();
			// Before the refresh, the process would be halted soon in any case.
			context.refresh();
			LockLoss loss = new LockLoss(events, log,
					ShutdownOnLoss.prepare(context, events, log, true, Duration.ofDays(1)));
			ClusterLockReporter listener = new ClusterLockReporter(context, events, log, loss);
			ClusterLockEvent event = event(context, State.LOST, "gone");
			LockState.Cluster lost = new LockState.Cluster("orders", "the fake", State.LOST, "gone", Instant.now());
			boolean host = args[0].equals("host");
			boolean deadline = args[0].equals("deadline");
			LoadedClasses.load(true);
			FullHeap.fill();
			try {
				if (host) {
					loss.act(event, LOST);
				}
				else if (deadline) {
					listener.deadline(Long.MAX_VALUE);
				}
				else {
					listener.changed(lost);
				}
			}
			catch (Throwable ex) {
				// The caller would try it again.
			}
			FullHeap.free();
			try {
				// The shutdown is under way, or it is not.
				Thread.sleep(Duration.ofSeconds(30).toMillis());
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
			Runtime.getRuntime().halt(3);
		}

	}

}
