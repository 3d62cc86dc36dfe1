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

import org.jspecify.annotations.Nullable;

/**
 * A session of an engine that frees the lock when the session ends. Every method that
 * asks the engine throws {@link ClusterLockUnavailableException} if it gets no answer.
 */
interface ClusterSession {

	/**
	 * Returns what distinguishes this session from all others, beginning with its
	 * {@link HolderInfo#id()} and '@'.
	 * @return the identity
	 */
	String identity();

	/**
	 * Returns since when the engine has known of locks.
	 * @return which of its incarnations this is
	 */
	Incarnation incarnation();

	/**
	 * Takes the lock if it is free, and proves that it was taken.
	 * @return whether it was free
	 */
	boolean tryLock();

	/**
	 * Asks whether this session has the lock.
	 * @return whether it has
	 */
	boolean isHeld();

	/**
	 * Returns who has the lock.
	 * @return the holder, or {@code null} if there is none
	 */
	@Nullable HolderInfo holder();

	/**
	 * Ends another session, one that was ours.
	 * @param own that session
	 */
	void end(HolderInfo own);

	/**
	 * Waits, and throws at once if the session breaks.
	 * @param time for how long, 200 ms at most
	 */
	void idle(Duration time);

	/**
	 * Returns whether the session is over, or may be. If it is not, it still has what it
	 * had before a question that failed, and may be asked again.
	 * @return whether it is of no use any more
	 */
	boolean isBroken();

	/**
	 * Frees the lock, if it is held, and ends the session.
	 */
	void close();

	/**
	 * Ends the session while another thread waits for the engine.
	 */
	void abort();

	/**
	 * A time of the engine in which it forgets no lock: from its start, or from a crash,
	 * to the next.
	 *
	 * @param id what distinguishes it from others of this engine; does not change with
	 * the engine's clock
	 * @param age for how long the engine has been up by its own clock, rather too short
	 * than too long; anything, even less than nothing, if that clock was set meanwhile
	 */
	record Incarnation(String id, Duration age) {
	}

	/**
	 * Opens sessions.
	 */
	interface Factory {

		/**
		 * Opens a session, with the credentials as they are now.
		 * @return the session
		 */
		ClusterSession open();

		/**
		 * Returns the name of the engine and where it is.
		 * @return a description without a secret
		 */
		String database();

	}

}
