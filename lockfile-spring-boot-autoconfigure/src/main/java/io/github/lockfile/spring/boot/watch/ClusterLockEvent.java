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
import java.time.Instant;

import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationEvent;

/**
 * The state of the cluster lock has changed: it is fenced, held again, or lost. Published
 * as a {@link LockFileEvent} is.
 *
 * @since 0.1.0
 */
public final class ClusterLockEvent extends ApplicationEvent {

	@Serial
	private static final long serialVersionUID = 1L;

	/**
	 * The name of the lock.
	 */
	private final String name;

	/**
	 * The state now.
	 */
	private final State state;

	/**
	 * Why.
	 */
	private final String reason;

	/**
	 * Since when.
	 */
	private final Instant since;

	/**
	 * Creates an event. For the starter, and for tests of listeners.
	 * @param context the context that has the lock
	 * @param name the name of the lock
	 * @param state the state of the lock
	 * @param reason why, for people; empty if the lock is held
	 * @param since since when
	 */
	public ClusterLockEvent(ApplicationContext context, String name, State state, String reason, Instant since) {
		super(context);
		this.name = name;
		this.state = state;
		this.reason = reason;
		this.since = since;
	}

	/**
	 * Returns the name of the lock.
	 * @return the name
	 */
	public String name() {
		return this.name;
	}

	/**
	 * Returns the state of the lock. Work is allowed only while it is
	 * {@linkplain State#isHeld() held}.
	 * @return the state
	 */
	public State state() {
		return this.state;
	}

	/**
	 * Returns why the state has changed.
	 * @return the reason, for people; empty if the lock is held
	 */
	public String reason() {
		return this.reason;
	}

	/**
	 * Returns since when the lock has this state.
	 * @return the time, by the clock of the host
	 */
	public Instant since() {
		return this.since;
	}

	/**
	 * Whether this instance may work.
	 */
	public enum State {

		/**
		 * The lock is ours, and nobody else can have it.
		 */
		HELD,

		/**
		 * As {@link #HELD}, after it was taken back in a new session.
		 */
		RESTORED,

		/**
		 * It is not known whether the lock is ours. Another may have it soon or already,
		 * so no work must be done. This may pass.
		 */
		FENCED,

		/**
		 * Another instance has the lock. This is for good.
		 */
		LOST,

		/**
		 * The lock was released, because the context has been closed.
		 */
		RELEASED;

		/**
		 * Returns whether this instance may believe that it is the only one.
		 * @return whether the lock is ours
		 */
		public boolean isHeld() {
			return this == HELD || this == RESTORED;
		}

	}

}
