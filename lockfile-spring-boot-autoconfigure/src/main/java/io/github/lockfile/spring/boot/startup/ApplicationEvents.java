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

import java.io.Serial;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

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
 * Publishes events, once the context can take them: those of the locks on one thread, and
 * changes of the availability on another, so that who must stop working hears of it
 * however long the listeners of the other kind take. Contradicts everybody who says that
 * an application without its lock is well.
 */
final class ApplicationEvents implements SmartApplicationListener {

	private static final Duration PATIENCE = Duration.ofSeconds(1);

	private final ConfigurableApplicationContext context;

	private final WatchLog log;

	private final Lane ofLocks;

	private final Lane ofAvailability;

	/**
	 * What is to be published once the context has been refreshed; {@code null} then.
	 */
	private @Nullable List<Runnable> early = new ArrayList<>();

	private volatile boolean broken;

	/**
	 * Whether traffic is refused for now.
	 */
	private volatile boolean refusing;

	/**
	 * Whether the context and its children would accept traffic: those of them of which
	 * somebody has said how they are. Spring publishes an event in a context and its
	 * parents only, so that each of them must be told. Those that are gone are forgotten.
	 */
	private final Map<ApplicationContext, Boolean> accepting = new WeakHashMap<>();

	ApplicationEvents(ConfigurableApplicationContext context, WatchLog log) {
		this.context = context;
		this.log = log;
		this.ofLocks = new Lane("lockfile-events", this::failed);
		this.ofAvailability = new Lane("lockfile-availability", this::failed);
	}

	private void failed(Throwable failure) {
		this.log.warn("An event could not be published", failure);
	}

	void start() {
		this.ofLocks.start();
		this.ofAvailability.start();
		this.context.addApplicationListener(this);
	}

	/**
	 * Ends the threads once they have published what there is.
	 */
	void close() {
		this.ofLocks.close();
		this.ofAvailability.close();
	}

	void awaitEnd(Duration patience) throws InterruptedException {
		this.ofLocks.awaitEnd(patience);
		this.ofAvailability.awaitEnd(patience);
	}

	synchronized boolean isRefreshed() {
		return this.early == null;
	}

	/**
	 * Publishes an event of a lock.
	 * @return whether it will be published; otherwise, too much waits already
	 */
	boolean publish(ApplicationEvent event) {
		return whenRefreshed(this.ofLocks, () -> publishNow(event));
	}

	/**
	 * Says that the application is broken and refuses traffic, for good.
	 * @return whether it will be said; otherwise, too much waits already
	 */
	boolean publishBroken() {
		this.broken = true;
		return change(LivenessState.BROKEN) && change(ReadinessState.REFUSING_TRAFFIC);
	}

	void refuseTraffic() {
		this.refusing = true;
		change(ReadinessState.REFUSING_TRAFFIC);
	}

	void acceptTraffic() {
		this.refusing = false;
		change(ReadinessState.ACCEPTING_TRAFFIC);
	}

	private <S extends AvailabilityState> boolean change(S state) {
		OwnChangeEvent<S> event = new OwnChangeEvent<>(this.context, state);
		return whenRefreshed(this.ofAvailability, () -> {
			if (applies(this.context, state)) {
				publishNow(event);
			}
			for (ConfigurableApplicationContext child : children()) {
				if (child.isActive() && applies(child, state)) {
					publishNow(new OwnChangeEvent<>(child, state));
				}
			}
		});
	}

	/**
	 * Returns whether a context is to be told of a state. One that has not started yet,
	 * or is about to end, accepts no traffic.
	 */
	private boolean applies(ApplicationContext context, AvailabilityState state) {
		synchronized (this.accepting) {
			return state != ReadinessState.ACCEPTING_TRAFFIC
					|| (!this.broken && this.accepting.getOrDefault(context, false));
		}
	}

	private List<ConfigurableApplicationContext> children() {
		List<ConfigurableApplicationContext> children = new ArrayList<>();
		synchronized (this.accepting) {
			for (ApplicationContext each : this.accepting.keySet()) {
				if (each != this.context && each instanceof ConfigurableApplicationContext child) {
					children.add(child);
				}
			}
		}
		return children;
	}

	private synchronized boolean whenRefreshed(Lane lane, Runnable action) {
		List<Runnable> early = this.early;
		if (early != null) {
			// A refresh collects early events in a set that is not safe for threads, and
			// before it they are dropped. More than a lane has room for would be lost
			// when they are handed over to it.
			return early.size() < Lane.CAPACITY && early.add(() -> lane.execute(action));
		}
		return lane.execute(action);
	}

	/**
	 * Waits for listeners to hear of what has been published, and for the log, if they
	 * are quick.
	 */
	void awaitPublished() throws InterruptedException {
		CountDownLatch published = new CountDownLatch(3);
		this.ofLocks.execute(published::countDown);
		this.ofAvailability.execute(published::countDown);
		this.log.awaitWritten(published);
		published.await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
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
				remember(change);
				contradict(change);
			}
		}
		else if (event.getSource() == this.context) {
			publishEarly();
		}
	}

	private synchronized void publishEarly() {
		List<Runnable> early = this.early;
		this.early = null;
		if (early != null) {
			early.forEach(Runnable::run);
		}
	}

	/**
	 * Remembers what all have heard who hear a change: the context that it is of, and its
	 * parents up to that with the lock.
	 */
	private void remember(AvailabilityChangeEvent<?> change) {
		ApplicationContext each = contextOf(change);
		synchronized (this.accepting) {
			while (each != null && each != this.context) {
				remember(each, change);
				each = each.getParent();
			}
			remember(this.context, change);
		}
	}

	private void remember(ApplicationContext context, AvailabilityChangeEvent<?> change) {
		if (change.getState() instanceof ReadinessState state) {
			this.accepting.put(context, state == ReadinessState.ACCEPTING_TRAFFIC);
		}
		else {
			this.accepting.putIfAbsent(context, false);
		}
	}

	private void contradict(AvailabilityChangeEvent<?> change) {
		if (change.getState() == LivenessState.CORRECT && this.broken) {
			this.ofAvailability.execute(() -> publishAfter(change, LivenessState.BROKEN));
		}
		else if (change.getState() == ReadinessState.ACCEPTING_TRAFFIC && (this.broken || this.refusing)) {
			this.ofAvailability.execute(() -> {
				if (this.broken || this.refusing) {
					publishAfter(change, ReadinessState.REFUSING_TRAFFIC);
				}
			});
		}
	}

	private <S extends AvailabilityState> void publishAfter(AvailabilityChangeEvent<?> change, S state) {
		ApplicationContext target = contextOf(change);
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
			this.log.debug(() -> "The context has been closed: " + ex);
		}
	}

	private void publishNow(ApplicationEvent event) {
		try {
			contextOf(event).publishEvent(event);
		}
		catch (RuntimeException | Error ex) {
			this.log.warn("A listener failed on " + event.getClass().getSimpleName(), ex);
		}
	}

	private ApplicationContext contextOf(ApplicationEvent event) {
		return (event.getSource() instanceof ApplicationContext source) ? source : this.context;
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
