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

import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;

import io.github.lockfile.spring.boot.watch.ClusterLockEvent;
import io.github.lockfile.spring.boot.watch.ClusterLockEvent.State;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.AvailabilityState;
import org.springframework.boot.availability.LivenessState;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.context.ApplicationEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A listener that hangs delays only events of its own kind, and children hear of the
 * availability, too.
 */
class ApplicationEventsTests {

	private final GenericApplicationContext context = new GenericApplicationContext();

	private final List<Class<?>> heard = new CopyOnWriteArrayList<>();

	private final CountDownLatch goesOn = new CountDownLatch(1);

	private final WatchLog log = new WatchLog();

	private final ApplicationEvents events = new ApplicationEvents(this.context, this.log);

	@BeforeEach
	void start() {
		this.log.start();
		this.events.start();
	}

	@AfterEach
	void close() {
		this.goesOn.countDown();
		this.events.close();
		this.log.close();
		this.context.close();
	}

	private void listen(Class<? extends ApplicationEvent> hanging) {
		this.context.addApplicationListener((ApplicationListener<ApplicationEvent>) (event) -> {
			if (Thread.currentThread().getName().startsWith("lockfile-")) {
				this.heard.add(event.getClass());
				if (hanging.isInstance(event)) {
					awaitEnd();
				}
			}
		});
		this.context.refresh();
	}

	private void awaitEnd() {
		try {
			this.goesOn.await();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	private ClusterLockEvent fenced() {
		return new ClusterLockEvent(this.context, "orders", State.FENCED, "cut", Instant.now());
	}

	@Test
	void whoMustStopIsToldAlthoughAListenerForReadinessHangs() {
		listen(AvailabilityChangeEvent.class);
		this.events.refuseTraffic();
		Awaitility.await().until(() -> this.heard.size() == 1);
		this.events.publish(fenced());
		Awaitility.await().until(() -> this.heard.contains(ClusterLockEvent.class));
	}

	@Test
	void trafficIsRefusedAlthoughAListenerForTheLockHangs() {
		listen(ClusterLockEvent.class);
		this.events.publish(fenced());
		Awaitility.await().until(() -> this.heard.size() == 1);
		this.events.publishBroken();
		Awaitility.await().until(() -> this.heard.size() == 3);
		this.events.publish(fenced());
		assertThat(this.heard).as("the second event of the same kind waits").containsOnlyOnce(ClusterLockEvent.class);
	}

	@Test
	void aChildHearsOfTheAvailability() {
		this.context.refresh();
		Child child = new Child(this.context);
		Child grandchild = new Child(child.context);
		grandchild.says(ReadinessState.ACCEPTING_TRAFFIC);
		this.events.refuseTraffic();
		child.awaits(ReadinessState.REFUSING_TRAFFIC);
		grandchild.awaits(ReadinessState.REFUSING_TRAFFIC);
		this.events.acceptTraffic();
		child.awaits(ReadinessState.ACCEPTING_TRAFFIC);
		grandchild.awaits(ReadinessState.ACCEPTING_TRAFFIC);
		this.events.publishBroken();
		child.awaits(LivenessState.BROKEN, ReadinessState.REFUSING_TRAFFIC);
		grandchild.awaits(LivenessState.BROKEN, ReadinessState.REFUSING_TRAFFIC);
		this.events.acceptTraffic();
		this.events.publishBroken();
		grandchild.awaits(LivenessState.BROKEN, ReadinessState.REFUSING_TRAFFIC);
		assertThat(grandchild.heard).as("for good").isEmpty();
	}

	@Test
	void aChildThatSaidOnlyThatItIsAliveHearsThatItIsBroken() {
		this.context.refresh();
		Child child = new Child(this.context);
		child.says(LivenessState.CORRECT);
		this.events.publishBroken();
		child.awaits(LivenessState.BROKEN, ReadinessState.REFUSING_TRAFFIC);
	}

	@Test
	void onlyWhoWouldAcceptTrafficAcceptsItAgain() {
		this.context.refresh();
		Child accepting = new Child(this.context);
		Child refusing = new Child(this.context);
		accepting.says(ReadinessState.ACCEPTING_TRAFFIC);
		refusing.says(ReadinessState.ACCEPTING_TRAFFIC);
		this.events.refuseTraffic();
		refusing.awaits(ReadinessState.REFUSING_TRAFFIC);
		accepting.awaits(ReadinessState.REFUSING_TRAFFIC);
		refusing.says(ReadinessState.REFUSING_TRAFFIC);
		this.events.acceptTraffic();
		this.events.refuseTraffic();
		accepting.awaits(ReadinessState.ACCEPTING_TRAFFIC, ReadinessState.REFUSING_TRAFFIC);
		refusing.awaits(ReadinessState.REFUSING_TRAFFIC);
	}

	@Test
	void noChildKeepsAnotherFromBeingTold() {
		this.context.refresh();
		List<Child> children = new ArrayList<>();
		for (Throwable failure : List.of(new IllegalStateException("expected"), new StackOverflowError(),
				new NoClassDefFoundError())) {
			Child child = new Child(this.context);
			child.failure = failure;
			children.add(child);
		}
		Child closed = new Child(this.context);
		children.forEach((child) -> child.says(ReadinessState.ACCEPTING_TRAFFIC));
		closed.says(ReadinessState.ACCEPTING_TRAFFIC);
		closed.context.close();
		this.events.refuseTraffic();
		children.forEach((child) -> child.awaits(ReadinessState.REFUSING_TRAFFIC));
		// Once the second is told, all have been told the first.
		this.events.refuseTraffic();
		children.forEach((child) -> child.awaits(ReadinessState.REFUSING_TRAFFIC));
		assertThat(closed.published).as("a context that is closed").isEmpty();
	}

	@Test
	void aChildThatIsGoneIsForgotten() {
		this.context.refresh();
		ReferenceQueue<Object> gone = new ReferenceQueue<>();
		WeakReference<Object> child = child(gone);
		Awaitility.await().until(() -> {
			System.gc();
			return gone.poll() == child;
		});
	}

	private WeakReference<Object> child(ReferenceQueue<Object> gone) {
		Child child = new Child(this.context);
		child.says(ReadinessState.ACCEPTING_TRAFFIC);
		child.context.close();
		return new WeakReference<>(child.context, gone);
	}

	/**
	 * A child of the context with the lock, and what it hears from us.
	 */
	private static final class Child {

		private final List<ApplicationEvent> published = new CopyOnWriteArrayList<>();

		private final GenericApplicationContext context = new GenericApplicationContext() {

			@Override
			public void publishEvent(ApplicationEvent event) {
				if (Thread.currentThread().getName().startsWith("lockfile-")) {
					Child.this.published.add(event);
				}
				super.publishEvent(event);
			}

		};

		private final BlockingQueue<AvailabilityState> heard = new LinkedBlockingQueue<>();

		private @Nullable Throwable failure;

		Child(ConfigurableApplicationContext parent) {
			this.context.setParent(parent);
			this.context.refresh();
			this.context.addApplicationListener((ApplicationListener<AvailabilityChangeEvent<?>>) this::on);
		}

		private void on(AvailabilityChangeEvent<?> event) {
			if (event.getSource() == this.context && Thread.currentThread().getName().startsWith("lockfile-")) {
				this.heard.add(event.getState());
				if (this.failure instanceof Error error) {
					throw error;
				}
				if (this.failure instanceof RuntimeException exception) {
					throw exception;
				}
			}
		}

		void says(AvailabilityState state) {
			AvailabilityChangeEvent.publish(this.context, state);
		}

		void awaits(AvailabilityState... states) {
			for (AvailabilityState state : states) {
				Awaitility.await().until(this.heard::poll, state::equals);
			}
		}

	}

}
