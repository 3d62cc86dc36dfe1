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

package io.github.lockfile.spring.boot.watch;

import java.io.Serial;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.availability.ApplicationAvailability;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.AvailabilityState;
import org.springframework.boot.availability.LivenessState;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationEvent;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.event.ContextRefreshedEvent;
import org.springframework.context.event.SmartApplicationListener;

/**
 * Publishes events on a thread of its own, once the context can take them. Contradicts
 * everybody who says that an application without its lock is well.
 */
final class ApplicationEvents implements SmartApplicationListener {

	private static final Log logger = LogFactory.getLog(ApplicationEvents.class);

	private static final Duration PATIENCE = Duration.ofSeconds(1);

	private final ConfigurableApplicationContext context;

	private final ThreadPoolExecutor executor;

	/**
	 * What is to be published once the context has been refreshed; {@code null} then.
	 */
	private @Nullable List<ApplicationEvent> early = new ArrayList<>();

	private volatile boolean broken;

	/**
	 * Whether traffic is refused for now.
	 */
	private volatile boolean refusing;

	/**
	 * Whether the application would accept traffic.
	 */
	private volatile boolean accepting;

	ApplicationEvents(ConfigurableApplicationContext context) {
		this.context = context;
		// The thread is made for the first event, which most applications never see.
		this.executor = new ThreadPoolExecutor(1, 1, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(),
				daemonThread("lockfile-events"), new ThreadPoolExecutor.DiscardPolicy());
		this.executor.allowCoreThreadTimeOut(true);
	}

	static ThreadFactory daemonThread(String name) {
		return (task) -> {
			Thread thread = new Thread(task, name);
			thread.setDaemon(true);
			return thread;
		};
	}

	synchronized boolean isRefreshed() {
		return this.early == null;
	}

	synchronized void publish(ApplicationEvent event) {
		List<ApplicationEvent> early = this.early;
		if (early != null) {
			// A refresh collects early events in a set that is not safe for threads, and
			// before it they are dropped.
			early.add(event);
		}
		else {
			this.executor.execute(() -> publishNow(event));
		}
	}

	void publishBroken() {
		this.broken = true;
		publish(new OwnChangeEvent<>(this.context, LivenessState.BROKEN));
		publish(new OwnChangeEvent<>(this.context, ReadinessState.REFUSING_TRAFFIC));
	}

	void refuseTraffic() {
		this.refusing = true;
		publish(new OwnChangeEvent<>(this.context, ReadinessState.REFUSING_TRAFFIC));
	}

	void acceptTraffic() {
		this.refusing = false;
		// Not for an application that has not started yet, or is about to end.
		if (this.accepting && !this.broken) {
			publish(new OwnChangeEvent<>(this.context, ReadinessState.ACCEPTING_TRAFFIC));
		}
	}

	/**
	 * Waits for listeners to hear of what has been published, if they are quick.
	 */
	void awaitPublished() {
		CountDownLatch published = new CountDownLatch(1);
		this.executor.execute(published::countDown);
		try {
			if (!published.await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
				logger.debug("A listener is still busy with the loss of the lock file");
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	/**
	 * Ends the thread once it has published what there is. A container would complain of
	 * one that outlives the application.
	 */
	void close() {
		this.executor.shutdown();
	}

	@Override
	public boolean supportsEventType(Class<? extends ApplicationEvent> eventType) {
		return ContextRefreshedEvent.class.isAssignableFrom(eventType)
				|| AvailabilityChangeEvent.class.isAssignableFrom(eventType);
	}

	@Override
	public void onApplicationEvent(ApplicationEvent event) {
		if (event instanceof AvailabilityChangeEvent<?> change) {
			if (!(event instanceof OwnChangeEvent<?>)) {
				contradict(change);
			}
		}
		else if (event.getSource() == this.context) {
			publishEarly();
		}
	}

	private synchronized void publishEarly() {
		List<ApplicationEvent> early = this.early;
		this.early = null;
		if (early != null) {
			early.forEach(this::publish);
		}
	}

	private void contradict(AvailabilityChangeEvent<?> change) {
		if (change.getState() instanceof ReadinessState state) {
			this.accepting = state == ReadinessState.ACCEPTING_TRAFFIC;
		}
		if (change.getState() == LivenessState.CORRECT && this.broken) {
			this.executor.execute(() -> publishAfter(change, LivenessState.BROKEN));
		}
		else if (change.getState() == ReadinessState.ACCEPTING_TRAFFIC && (this.broken || this.refusing)) {
			this.executor.execute(() -> {
				if (this.broken || this.refusing) {
					publishAfter(change, ReadinessState.REFUSING_TRAFFIC);
				}
			});
		}
	}

	private <S extends AvailabilityState> void publishAfter(AvailabilityChangeEvent<?> change, S state) {
		ApplicationContext target = (change.getSource() instanceof ApplicationContext source) ? source : this.context;
		try {
			ApplicationAvailability availability = target.getBeanProvider(ApplicationAvailability.class)
				.getIfAvailable();
			long start = System.nanoTime();
			// A listener that hears the two in the wrong order would believe the first.
			while (availability != null && availability.getLastChangeEvent(state.getClass()) != change
					&& System.nanoTime() - start < PATIENCE.toNanos()) {
				LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
			}
			publishNow(new OwnChangeEvent<>(target, state));
		}
		catch (RuntimeException ex) {
			logger.debug("The context has been closed", ex);
		}
	}

	private void publishNow(ApplicationEvent event) {
		try {
			ApplicationContext target = (event.getSource() instanceof ApplicationContext source) ? source
					: this.context;
			target.publishEvent(event);
		}
		catch (RuntimeException | Error ex) {
			// The executor's thread would end and print this without saying what it is.
			logger.warn("A listener failed on " + event.getClass().getSimpleName(), ex);
		}
	}

	/**
	 * Tells what this class publishes from what others publish.
	 *
	 * @param <S> the kind of state
	 */
	private static final class OwnChangeEvent<S extends AvailabilityState> extends AvailabilityChangeEvent<S> {

		@Serial
		private static final long serialVersionUID = 1L;

		OwnChangeEvent(ApplicationContext context, S state) {
			super(context, state);
		}

	}

}
