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
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.Queue;

/**
 * A time that passes only when somebody pauses, and then at once. What is to happen
 * meanwhile happens on the thread that pauses.
 */
final class VirtualTime implements Ticker {

	private final Queue<Event> events = new PriorityQueue<>(
			Comparator.<Event>comparingLong((event) -> event.time - this.now).thenComparingLong(Event::number));

	private long now = Long.MAX_VALUE - Duration.ofSeconds(5).toNanos();

	private long number;

	@Override
	public long nanoTime() {
		return this.now;
	}

	@Override
	public void pause(Duration time) {
		long end = this.now + time.toNanos();
		while (!this.events.isEmpty() && this.events.peek().time - end <= 0) {
			Event event = this.events.remove();
			this.now = event.time;
			event.what.run();
		}
		this.now = end;
	}

	/**
	 * Lets something happen.
	 * @param delay after how long
	 * @param what what happens; must not pause
	 */
	void after(Duration delay, Runnable what) {
		this.events.add(new Event(this.now + delay.toNanos(), this.number++, what));
	}

	/**
	 * Lets something happen again and again.
	 * @param period how often
	 * @param what what happens; must not pause
	 */
	void every(Duration period, Runnable what) {
		after(period, () -> {
			what.run();
			every(period, what);
		});
	}

	/**
	 * Returns how much time has passed.
	 * @param since {@link #nanoTime()} at some moment
	 * @return the duration
	 */
	Duration since(long since) {
		return Duration.ofNanos(this.now - since);
	}

	private record Event(long time, long number, Runnable what) {

	}

}
