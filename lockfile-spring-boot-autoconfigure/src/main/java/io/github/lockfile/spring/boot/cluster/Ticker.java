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
import java.util.concurrent.locks.LockSupport;

/**
 * The time that passes, for everything that waits for a lease or counts one.
 */
interface Ticker {

	/**
	 * The time of this machine.
	 */
	Ticker SYSTEM = new Ticker() {

		@Override
		public long nanoTime() {
			return System.nanoTime();
		}

		@Override
		public void pause(Duration time) {
			LockSupport.parkNanos(time.toNanos());
		}

	};

	/**
	 * Returns the time, as {@link System#nanoTime()} does.
	 * @return nanoseconds since some moment
	 */
	long nanoTime();

	/**
	 * Waits. May return early, if the thread is interrupted or unparked.
	 * @param time for how long
	 */
	void pause(Duration time);

}
