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

import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

import io.github.lockfile.spring.boot.watch.ClusterLockEvent;
import io.github.lockfile.spring.boot.watch.ClusterLockEvent.State;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.context.ApplicationEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.context.support.GenericApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A listener that hangs delays only events of its own kind.
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

}
